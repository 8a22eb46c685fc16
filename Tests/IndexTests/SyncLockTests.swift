import Foundation
import IndexFixtures
import System
import TestSupport
import Testing
import Vocabulary

@testable import Index

@Suite(.enabled(if: Python.isThere, "python3 is not installed"))
struct SyncLockTests {
  @Test func refusesASecondHolderAndNamesTheFirst() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("index.sqlite3")
    let holder = try OtherProcess.holdingLock(of: path)
    let error = #expect(throws: IndexError.self) { _ = try SyncLock(indexPath: path) }
    #expect(error == .busy(path: path, pid: holder.pid))
    // Not even the index is made by a program that may not write it.
    #expect(throws: IndexError.self) {
      _ = try IndexWriter(path: path) { Timestamp(millisecondsSinceEpoch: 0) }
    }
    #expect(!FileManager.default.fileExists(atPath: path))
    holder.kill()
  }

  @Test func isFreeAfterItsHolderWasKilled() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("index.sqlite3")
    try OtherProcess.holdingLock(of: path).kill()
    try patiently { _ = try SyncLock(indexPath: path) }
    let pid = try String(contentsOfFile: path + ".lock", encoding: .utf8)
    #expect(pid == "s3audit \(ProcessInfo.processInfo.processIdentifier)\n")
  }

  @Test func refusesOtherProcessesWhileItIsHeld() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("index.sqlite3")
    let lock = try SyncLock(indexPath: path)
    #expect(throws: OtherProcess.Refusal.self) { _ = try OtherProcess.holdingLock(of: path) }
    withExtendedLifetime(lock) {}
  }

  @Test func isOfNoUseOnAFileThatWasRemoved() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("index.sqlite3")
    let removed = try SyncLock(indexPath: path)
    removed.removeIfNew()
    #expect(!FileManager.default.fileExists(atPath: path + ".lock"))
    // The next holder has a file of its own, and keeps everybody else away.
    let lock = try SyncLock(indexPath: path)
    #expect(throws: IndexError.self) { _ = try SyncLock(indexPath: path) }
    withExtendedLifetime(removed) {}
    withExtendedLifetime(lock) {}
  }

  @Test func isNotInheritedByProgramsThatItsHolderStarts() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("index.sqlite3")
    // Unlike Foundation's Process, popen leaves the child every file that does not close itself.
    let child: UnsafeMutablePointer<FILE>
    let started = folder.file("started")
    #expect(mkfifo(started, 0o600) == 0)
    do {
      let lock = try SyncLock(indexPath: path)
      child = try #require(popen("echo > '\(started)'; cat > /dev/null", "w"))
      // The files close when the child becomes another program, a moment after popen returns.
      close(open(started, O_RDONLY))
      withExtendedLifetime(lock) {}
    }
    defer { pclose(child) }
    try patiently { _ = try SyncLock(indexPath: path) }
  }

  @Test func isFreeAgainInTheSameProcess() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("index.sqlite3")
    do {
      let lock = try SyncLock(indexPath: path)
      #expect(throws: IndexError.self) { _ = try SyncLock(indexPath: path) }
      withExtendedLifetime(lock) {}
    }
    try patiently { _ = try SyncLock(indexPath: path) }
  }

  @Test func isMadeByOneOfMany() throws {
    let folder = try TemporaryFolder()
    for round in 0..<20 {
      let path = folder.file("\(round)")
      let held = Held()
      DispatchQueue.concurrentPerform(iterations: 8) { _ in
        if let lock = try? HeldLock(indexPath: path) { held.add(lock) }
      }
      #expect(held.count <= 1)
      // One of them had it, unless another test was starting a program just then.
      #expect(FileManager.default.fileExists(atPath: path + ".lock"))
    }
  }
}

/// What stands at the lock's place and is not of this program.
@Suite struct ForeignLockTests {
  private let folder: TemporaryFolder
  private let path: String
  private let lock: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder.file("package")
    lock = RealPath.of(path) + ".lock"
  }

  private func expectRefusal() {
    let error = IndexError.foreignFile(path: lock, indexPath: path)
    #expect(throws: error) { _ = try SyncLock(indexPath: path) }
    #expect(throws: error) {
      _ = try IndexWriter(path: path, mode: FileMode("0640")) {
        Timestamp(millisecondsSinceEpoch: 0)
      }
    }
    #expect(SyncLock.obstacle(indexPath: path) == error)
    #expect(SyncLock.holder(indexPath: path) == .nobody)
    #expect(!FileManager.default.fileExists(atPath: path), "no index is made either")
  }

  private func mode(_ path: String) throws -> Int? {
    try (FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber)?
      .intValue
  }

  @Test(arguments: [
    "# made by poetry\n[[package]]\n", "{}", "\n", " 4711\n", "4711 4712\n", "4711\n\n", "-1",
    "s3audit", "s3audit \n", "s3audit x\n", "s3audit 4711\nmore", "99999999999\n", "\0\0\0\0",
    String(repeating: "1", count: 100),
  ])
  func isLeftAsItIs(content: String) throws {
    try Data(content.utf8).write(to: URL(filePath: lock))
    let before = try mode(lock)
    expectRefusal()
    #expect(try Data(contentsOf: URL(filePath: lock)) == Data(content.utf8))
    #expect(try mode(lock) == before)
  }

  @Test func isNeitherAFolderNorAPipe() throws {
    try FileManager.default.createDirectory(atPath: lock, withIntermediateDirectories: false)
    expectRefusal()
    #expect(rmdir(lock) == 0, "nothing was put into it")
    #expect(mkfifo(lock, 0o600) == 0)
    expectRefusal()
  }

  @Test(arguments: [nil, "", "text", "s3audit 1\n"])
  func isNoLink(content: String?) throws {
    let target = folder.file("target")
    if let content { try Data(content.utf8).write(to: URL(filePath: target)) }
    try FileManager.default.createSymbolicLink(atPath: lock, withDestinationPath: "target")
    expectRefusal()
    #expect((try? String(contentsOfFile: target, encoding: .utf8)) == content)
    #expect(unlink(lock) == 0)
    try FileManager.default.createSymbolicLink(atPath: lock, withDestinationPath: "/dev/null")
    expectRefusal()
  }

  /// Older versions wrote the process id alone, which other programs do too.
  @Test func isABareNumberOnlyBesideAnIndex() async throws {
    try Data("4711\n".utf8).write(to: URL(filePath: lock))
    do {
      let held = try SyncLock(indexPath: path)
      #expect(throws: IndexError.busy(path: path, pid: nil)) { _ = try SyncLock(indexPath: path) }
      held.removeIfNew()
      withExtendedLifetime(held) {}
    }
    #expect(try String(contentsOfFile: lock, encoding: .utf8) == "4711\n")
    let writer = try patiently {
      try IndexWriter(path: path) { Timestamp(millisecondsSinceEpoch: 0) }
    }
    try await writer.sync("bucket", [:])
    _ = try await writer.rest()
    #expect(try String(contentsOfFile: lock, encoding: .utf8) == "4711\n", "there was no index")
    withExtendedLifetime(writer) {}
  }

  @Test func isAnOlderLockBesideAnIndex() async throws {
    do {
      let writer = try IndexWriter(path: path) { Timestamp(millisecondsSinceEpoch: 0) }
      _ = try await writer.rest()
    }
    try Data("4711\n".utf8).write(to: URL(filePath: lock))
    let writer = try patiently {
      try IndexWriter(path: path) { Timestamp(millisecondsSinceEpoch: 0) }
    }
    #expect(try String(contentsOfFile: lock, encoding: .utf8) == "s3audit \(getpid())\n")
    withExtendedLifetime(writer) {}
  }

  @Test(arguments: ["", "s3audit 4711\n"])
  func isLockedButNotWrittenUnderTwoNames(content: String) throws {
    try Data(content.utf8).write(to: URL(filePath: lock))
    #expect(link(lock, folder.file("other")) == 0)
    let held = try SyncLock(indexPath: path, mode: FileMode("0666"))
    #expect(throws: IndexError.busy(path: path, pid: nil)) { _ = try SyncLock(indexPath: path) }
    #expect(try String(contentsOfFile: folder.file("other"), encoding: .utf8) == content)
    #expect(try mode(lock) != 0o666)
    withExtendedLifetime(held) {}
  }

  @Test func isNotRemovedInPlaceOfItsOwn() throws {
    let held = try SyncLock(indexPath: path)
    #expect(unlink(lock) == 0)
    try Data("text".utf8).write(to: URL(filePath: lock))
    held.removeIfNew()
    #expect(try String(contentsOfFile: lock, encoding: .utf8) == "text")
  }
}

private final class HeldLock: Sendable {
  private let lock: SyncLock

  init(indexPath: String) throws { lock = try SyncLock(indexPath: indexPath) }
}

private final class Held: @unchecked Sendable {
  private let lock = NSLock()
  private var locks: [HeldLock] = []

  var count: Int { lock.withLock { locks.count } }

  func add(_ held: HeldLock) { lock.withLock { locks.append(held) } }
}

/// A process that takes an index's lock as a sync does, and keeps it until it is killed.
private struct OtherProcess {
  private let process: Process

  /// The lock was held already.
  struct Refusal: Error {}

  var pid: Int32 { process.processIdentifier }

  static func holdingLock(of indexPath: String) throws -> OtherProcess {
    let process = try #require(Python.process(script, indexPath + ".lock"))
    let output = Pipe()
    let input = Pipe()
    process.standardOutput = output
    process.standardInput = input
    process.standardError = FileHandle.nullDevice
    try process.run()
    let other = OtherProcess(process: process)
    guard firstByte(of: output) != nil else {
      other.kill()
      throw Refusal()
    }
    return other
  }

  /// The first byte that is written into the pipe; nil when its writer ends without one.
  private static func firstByte(of pipe: Pipe) -> UInt8? {
    var byte: UInt8 = 0
    while true {
      let count = read(pipe.fileHandleForReading.fileDescriptor, &byte, 1)
      guard count < 0, errno == EINTR else { return count == 1 ? byte : nil }
    }
  }

  func kill() {
    _ = Foundation.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  private static let script = """
    import fcntl, os, sys
    file = open(sys.argv[1], "a+")
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    file.truncate(0)
    file.write(f"s3audit {os.getpid()}")
    file.flush()
    print("held", flush=True)
    sys.stdin.read()
    """
}
