import Restore
import Synchronization
import System
import TestSupport
import Testing
import Vocabulary

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite struct DirectoryRestoreTests {
  private let outer: TemporaryFolder
  private let folder: String

  init() throws {
    outer = try TemporaryFolder()
    folder = outer.file("restored")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  /// Restores these keys and tells what became of each.
  private func restore(
    _ entries: [ManifestEntry], from objects: HeldObjects,
    _ options: RestoreOptions = RestoreOptions()
  ) async throws -> [String: RestoreOutcome] {
    let root = try Folder(opening: folder)
    let wanted = try WantedFiles(path: "m")
    for entry in entries { try wanted.insert(entry) }
    let digests = try DigestIndex(
      path: outer.file("digests"), folder: root, isEmpty: root.names().isEmpty)
    let outcomes = Outcomes()
    let restore = DirectoryRestore(
      client: objects.client, bucket: "b", tree: ConfinedTree(root), options: options,
      now: { Timestamp(millisecondsSinceEpoch: Int64(Date().timeIntervalSince1970 * 1_000)) })
    try await restore.run(wanted, digests: digests) { entry, outcome in
      outcomes.all.withLock { $0[entry.key.text] = outcome }
    }
    return outcomes.all.withLock { $0 }
  }

  private final class Outcomes: Sendable {
    let all = Mutex<[String: RestoreOutcome]>([:])
  }

  private func entry(_ key: String, _ version: String = "v") -> ManifestEntry {
    ManifestEntry(key: Key(key), versionID: version)
  }

  private func text(_ path: String) throws -> String {
    try String(contentsOfFile: folder + "/" + path, encoding: .utf8)
  }

  private var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() }
  }

  @Test func bringsFilesIntoTheirFolders() async throws {
    let objects = try HeldObjects(["a": "alpha", "d/b": "beta", "d/e/c": "", "f/": ""])
    let outcomes = try await restore(["a", "d/b", "d/e/c", "f/"].map { entry($0) }, from: objects)
    #expect(try text("a") == "alpha")
    #expect(try text("d/b") == "beta")
    #expect(try text("d/e/c").isEmpty)
    #expect(try names == ["a", "d", "f"])
    guard case .restored(5, "ETag") = outcomes["a"], case .folder = outcomes["f/"] else {
      Issue.record("\(outcomes)")
      return
    }
    let times = try FileManager.default.attributesOfItem(atPath: folder + "/a")
    #expect(times[.modificationDate] as? Date == Date(timeIntervalSince1970: 1_795_136_523))
  }

  @Test func asksNothingInASecondPass() async throws {
    let objects = try HeldObjects(["a": "alpha", "d/b": "beta"])
    let entries = [entry("a"), entry("d/b")]
    _ = try await restore(entries, from: objects)
    let before = objects.requests.count
    let outcomes = try await restore(entries, from: objects)
    #expect(objects.requests.count == before)
    guard case .skipped = outcomes["a"], case .skipped = outcomes["d/b"] else {
      Issue.record("\(outcomes)")
      return
    }
  }

  @Test func leavesOutNoneOfMany() async throws {
    let keys = (0..<60).map { "d\($0 % 3)/file \($0)" }
    let objects = try HeldObjects(Dictionary(uniqueKeysWithValues: keys.map { ($0, "of " + $0) }))
    // What waits behind the slow ones is done by others; what is refused stops nobody.
    for key in keys where key.hasSuffix("0") { objects.fail(key, [.slow]) }
    objects.fail("d1/file 31", [.denied])
    var options = RestoreOptions()
    options.concurrency = 2
    let outcomes = try await restore(keys.map { entry($0) }, from: objects, options)
    #expect(outcomes.count == keys.count)
    #expect(objects.requestsForBytes == keys.count)
    for key in keys where key != "d1/file 31" { #expect(try text(key) == "of " + key) }
    guard case .failed = outcomes["d1/file 31"] else {
      Issue.record("\(outcomes)")
      return
    }
    let before = objects.requests.count
    _ = try await restore(
      keys.filter { $0 != "d1/file 31" }.map { entry($0) }, from: objects, options)
    #expect(objects.requests.count == before)
  }

  @Test func asksForTheETagAloneWhereAVersionCanBeOverwritten() async throws {
    let objects = try HeldObjects(["a": "alpha"])
    _ = try await restore([entry("a", "null")], from: objects)
    let (all, bytes) = (objects.requests.count, objects.requestsForBytes)
    let outcomes = try await restore([entry("a", "null")], from: objects)
    #expect(objects.requests.count == all + 1)
    #expect(objects.requestsForBytes == bytes)
    guard case .skipped = outcomes["a"] else {
      Issue.record("\(outcomes)")
      return
    }
    objects.put("a", "newer")
    _ = try await restore([entry("a", "null")], from: objects)
    #expect(try text("a") == "newer")
  }

  @Test func mendsAFileWhoseBytesChangedWithSizeAndTimePutBack() async throws {
    let objects = try HeldObjects(["a": "alpha"])
    _ = try await restore([entry("a")], from: objects)
    let time = try FileManager.default.attributesOfItem(atPath: folder + "/a")[.modificationDate]
    try Data("alphA".utf8).write(to: URL(filePath: folder + "/a"))
    try FileManager.default.setAttributes(
      [.modificationDate: try #require(time)], ofItemAtPath: folder + "/a")
    _ = try await restore([entry("a")], from: objects)
    #expect(try text("a") == "alpha")
  }

  @Test func findsAFinishedFileByReadingItOnce() async throws {
    let objects = try HeldObjects(["a": "alpha"])
    _ = try await restore([entry("a")], from: objects)
    try FileManager.default.removeItem(atPath: outer.file("digests"))
    let before = objects.requestsForBytes
    let outcomes = try await restore([entry("a")], from: objects)
    #expect(objects.requestsForBytes == before)
    guard case .found = outcomes["a"] else {
      Issue.record("\(outcomes)")
      return
    }
  }

  @Test func fetchesDamagedBytesOnceMore() async throws {
    let objects = try HeldObjects(["a": "alpha"])
    objects.fail("a", [.flippedByte])
    let outcomes = try await restore([entry("a")], from: objects)
    #expect(try text("a") == "alpha")
    guard case .restored = outcomes["a"] else {
      Issue.record("\(outcomes)")
      return
    }
  }

  @Test(arguments: [HeldObjects.Fault.flippedByte, .shortBody])
  func leavesNoFileWithOtherBytes(fault: HeldObjects.Fault) async throws {
    let objects = try HeldObjects(["a": "alpha", "b": "beta"])
    objects.fail("a", [fault, fault])
    let outcomes = try await restore([entry("a"), entry("b")], from: objects)
    #expect(try names == ["b"])
    guard case .failed(let failure) = outcomes["a"] else {
      Issue.record("\(outcomes)")
      return
    }
    #expect(failure.kind == .otherBytes)
  }

  @Test func beginsABodyAnewThatWasLost() async throws {
    let objects = try HeldObjects(["a": "alpha"])
    objects.fail("a", [.reset])
    _ = try await restore([entry("a")], from: objects)
    #expect(try text("a") == "alpha")
  }

  @Test(arguments: [true, false])
  func fetchesLongObjectsInRanges(isSizeKnown: Bool) async throws {
    let long = String(repeating: "0123456789", count: 1_000)
    let objects = try HeldObjects(["a": long])
    var options = RestoreOptions()
    (options.rangedSizeMin, options.rangeBytes) = (5_000, 700)
    var entry = entry("a")
    if isSizeKnown { entry.size = 10_000 }
    let outcomes = try await restore([entry], from: objects, options)
    #expect(try text("a") == long)
    #expect(objects.requests.count { !$0.values(of: "Range").isEmpty } == 15)
    guard case .restored(10_000, "ETag") = outcomes["a"] else {
      Issue.record("\(outcomes)")
      return
    }
  }

  @Test func fetchesAnObjectWholeWhereTheServerHasNoRanges() async throws {
    let long = String(repeating: "0123456789", count: 1_000)
    let objects = try HeldObjects(["a": long])
    objects.fail("a", [.wholeForRange])
    var options = RestoreOptions()
    (options.rangedSizeMin, options.rangeBytes) = (5_000, 4_000)
    var entry = entry("a")
    entry.size = 10_000
    let outcomes = try await restore([entry], from: objects, options)
    #expect(try text("a") == long)
    // One range, and then the whole.
    #expect(objects.requestsForBytes == 2)
    guard case .restored(10_000, "ETag") = outcomes["a"] else {
      Issue.record("\(outcomes)")
      return
    }
  }

  @Test func neverTakesANewerObjectForTheOneThatWasMeant() async throws {
    let objects = try HeldObjects(["a": "alpha"])
    var entry = entry("a", "null")
    entry.etag = HeldObjects.etag("alpha")
    objects.put("a", "newer")
    let outcomes = try await restore([entry], from: objects)
    #expect(try names.isEmpty)
    guard case .failed(let failure) = outcomes["a"] else {
      Issue.record("\(outcomes)")
      return
    }
    #expect(failure.kind == .overwritten)
  }

  @Test func goesOnAfterKeysThatCannotBeRestored() async throws {
    let objects = try HeldObjects(["a": "1", "c": "3", "d": "4", "e": "5", "e/f": "6"])
    objects.fail("c", [.archived])
    objects.fail("d", [.denied])
    let entries = ["../up", "/abs", "a", "b", "c", "d", "e", "e/f", "g/./h"].map { entry($0) }
    let outcomes = try await restore(entries, from: objects)
    #expect(try names == ["a", "e"])
    #expect(try text("e/f") == "6")
    #expect(try FileManager.default.contentsOfDirectory(atPath: outer.path).count <= 4)
    guard case .refused(.dots) = outcomes["../up"],
      case .refused(.emptyComponent) = outcomes["/abs"],
      case .failed = outcomes["b"], case .archived = outcomes["c"], case .failed = outcomes["d"],
      case .refused(.isFolderOfOthers) = outcomes["e"], case .refused(.dots) = outcomes["g/./h"]
    else {
      Issue.record("\(outcomes)")
      return
    }
  }

  @Test func followsNoLinkThatIsInTheWay() async throws {
    let objects = try HeldObjects(["d/a": "1", "b": "2"])
    let files = FileManager.default
    try files.createDirectory(atPath: outer.file("other"), withIntermediateDirectories: true)
    try files.createSymbolicLink(
      atPath: folder + "/d", withDestinationPath: outer.file("other"))
    try files.createSymbolicLink(
      atPath: folder + "/b", withDestinationPath: outer.file("other/b"))
    let outcomes = try await restore([entry("d/a"), entry("b")], from: objects)
    #expect(try files.contentsOfDirectory(atPath: outer.file("other")).isEmpty)
    #expect(try text("b") == "2")
    guard case .refused(.inTheWay) = outcomes["d/a"] else {
      Issue.record("\(outcomes)")
      return
    }
  }

  @Test func onlyComparesWhereThatIsAskedFor() async throws {
    let objects = try HeldObjects(["a": "alpha", "b": "beta", "c": "gamma"])
    _ = try await restore([entry("a"), entry("b")], from: objects)
    try Data("bete".utf8).write(to: URL(filePath: folder + "/b"))
    var options = RestoreOptions()
    options.isCheck = true
    let outcomes = try await restore(["a", "b", "c"].map { entry($0) }, from: objects, options)
    #expect(try names == ["a", "b"])
    #expect(try text("b") == "bete")
    guard case .skipped = outcomes["a"], case .failed(let b) = outcomes["b"],
      case .failed(let c) = outcomes["c"]
    else {
      Issue.record("\(outcomes)")
      return
    }
    #expect(b.kind == .differentFile)
    #expect(c.kind == .missingFile)
  }
}
