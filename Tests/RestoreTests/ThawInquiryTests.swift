import Restore
import S3
import TestSupport
import Testing
import Vocabulary

@Suite struct ThawInquiryTests {
  private static let end = "Mon, 30 Nov 2026 00:00:00 GMT"

  /// Versions of these keys and classes, all of them needed unless `isNeeded` says otherwise.
  private func wanted(
    _ keys: [(String, String?)], asksUnknown: Bool = true,
    where isNeeded: (ManifestEntry) -> Bool = { _ in true }
  ) throws -> WantedFiles {
    let wanted = try WantedFiles(path: "m")
    for (key, storageClass) in keys {
      try wanted.insert(
        ManifestEntry(key: Key(key), versionID: "v", storageClass: storageClass))
    }
    try wanted.findArchived(asksUnknown: asksUnknown, where: isNeeded)
    return wanted
  }

  private func ask(_ server: ArchiveServer, _ wanted: borrowing WantedFiles) async throws {
    try await ThawInquiry(client: server.client, bucket: "b", concurrency: 8).run(wanted)
  }

  /// The keys that have to be waited for, with their states.
  private func held(_ wanted: borrowing WantedFiles) throws -> [String: ThawState] {
    let entries = try wanted.entries(after: .start, count: 100_000)
    return try wanted.held(among: entries).reduce(into: [:]) { $0[$1.key.text] = $1.value.state }
  }

  @Test func tellsArchivedOnesFromThoseThatCanBeRead() async throws {
    let server = try ArchiveServer([
      "glacier": .init(), "deep": .init(storageClass: "DEEP_ARCHIVE"),
      "instant": .init(storageClass: "GLACIER_IR"), "plain": .init(storageClass: "STANDARD"),
      "tier": .init(storageClass: "INTELLIGENT_TIERING", tier: "ARCHIVE_ACCESS"),
      "hot": .init(storageClass: "INTELLIGENT_TIERING"),
      "coming": .init(thaw: "true"), "ready": .init(thaw: Self.end),
      "tier back": .init(
        storageClass: "INTELLIGENT_TIERING", tier: "ARCHIVE_ACCESS", thaw: "true"),
    ])
    let wanted = try wanted(
      ["glacier", "deep", "instant", "plain", "coming", "ready", "gone"].map { ($0, nil) }
        + ["tier", "hot", "tier back"].map { ($0, "INTELLIGENT_TIERING") })
    try await ask(server, wanted)
    #expect(
      try held(wanted) == [
        "glacier": .archived, "deep": .archived, "tier": .archived, "coming": .underWay,
        "tier back": .underWay,
      ])
    let plan = try wanted.thawPlan(by: .bulk, days: 3)
    #expect(plan.begins.map(\.archive) == [.tieringArchive, .deepArchive, .glacier])
    #expect(plan.ready == [ThawPlan.Share(archive: .glacier, versions: 1, bytes: 0)])
    #expect(plan.readyUntil == Timestamp(year: 2026, month: 11, day: 30))
  }

  @Test func asksOnlyAboutWhatIsNeededAndMayBeArchived() async throws {
    let server = try ArchiveServer(["a": .init(), "b": .init(), "c": .init(), "d": .init()])
    let keys: [(String, String?)] = [
      ("a", "GLACIER"), ("b", "STANDARD"), ("c", nil), ("d", "DEEP_ARCHIVE"),
      ("e", "INTELLIGENT_TIERING"),
    ]
    let wanted = try wanted(keys, asksUnknown: false) { $0.key != Key("d") }
    try await ask(server, wanted)
    #expect(server.heads == 1)
    #expect(try held(wanted) == ["a": .archived])
  }

  @Test func readsListingsOfMany() async throws {
    let keys = (0..<2_500).map { "p/\(10_000 + $0)" }
    var objects = keys.reduce(into: [String: ArchiveServer.Object]()) { $0[$1] = .init() }
    objects["p/10001"] = .init(thaw: "true")
    objects["p/10002"] = .init(thaw: Self.end)
    objects["p/10003"] = .init(storageClass: "STANDARD")
    for number in 0..<500 { objects["p/1\(1_000 + number)x"] = .init() }
    let server = try ArchiveServer(objects)
    let wanted = try wanted(keys.map { ($0, nil) })
    try await ask(server, wanted)
    #expect(server.heads + server.lists < 1_100, "\(server.heads) HEADs, \(server.lists) LISTs")
    #expect(server.lists >= 2)
    let held = try held(wanted)
    #expect(held.count == 2_498 && held["p/10001"] == .underWay)
    #expect(held["p/10002"] == nil && held["p/10003"] == nil)
    // Sizes come with the listing, or with HEAD.
    let bytes = try wanted.thawPlan(by: .bulk, days: 1).begins.first?.bytes
    #expect(bytes != nil)
  }

  /// Few of very many: a page that tells of hardly any is not followed by the next.
  @Test func passesOverWhatDoesNotPay() async throws {
    var objects: [String: ArchiveServer.Object] = [:]
    for number in 0..<40_000 { objects["k\(100_000 + number)"] = .init(storageClass: "STANDARD") }
    let keys = (0..<1_600).map { "k\(100_000 + $0 * 25)" }
    for key in keys { objects[key] = .init() }
    let server = try ArchiveServer(objects)
    let wanted = try wanted(keys.map { ($0, "GLACIER") })
    try await ask(server, wanted)
    #expect(server.lists <= 2)
    #expect(try held(wanted).count == 1_600)
  }

  /// An entry without a status says nothing on servers that never tell one: else what is under way would be
  /// asked for, and paid, again.
  @Test(arguments: [false, true])
  func believesOnlyListingsThatTellStates(refuses: Bool) async throws {
    let keys = (0..<1_200).map { "k\(10_000 + $0)" }
    let server = try ArchiveServer(
      keys.reduce(into: [:]) { $0[$1] = .init(thaw: "true") }, tellsStatus: false,
      refusesListings: refuses)
    let wanted = try wanted(keys.map { ($0, "GLACIER") })
    try await ask(server, wanted)
    #expect(server.heads == 1_200)
    #expect(Set(try held(wanted).values.map { "\($0)" }) == ["underWay"])
  }

  @Test func asksForEachOnceAndForNoneThatComes() async throws {
    let server = try ArchiveServer([
      "a": .init(), "b": .init(thaw: "true"), "c": .init(thaw: Self.end),
      "d": .init(storageClass: "DEEP_ARCHIVE"),
      "e": .init(refusal: ("409 Conflict", "RestoreAlreadyInProgress")),
      "f": .init(refusal: ("403 Forbidden", "InvalidObjectState")),
      "g": .init(refusal: ("403 Forbidden", "AccessDenied")),
      "h": .init(refusal: ("503 Service Unavailable", "GlacierExpeditedRetrievalNotAvailable")),
    ])
    let wanted = try wanted(["a", "b", "c", "d", "e", "f", "g", "h"].map { ($0, nil) })
    try await ask(server, wanted)
    let thaw = Thaw(client: server.client, bucket: "b", speed: .expedited, days: 2, concurrency: 4)
    try await thaw.run(wanted)
    #expect(server.thawed == ["a", "e", "f", "g", "h"])
    let held = try held(wanted)
    #expect(held["a"] == .begun && held["b"] == .underWay && held["c"] == nil)
    #expect(held["d"] == .tooFast && held["e"] == .underWay && held["f"] == nil)
    guard case .refused(let words) = held["g"], held["h"] == .noRoom else {
      Issue.record("\(held)")
      return
    }
    #expect(words.contains("access denied"))
  }

  @Test func remembersWhenItAsked() throws {
    let folder = try TemporaryFolder()
    let noon = Timestamp(year: 2026, month: 11, day: 20, hour: 12)
    do {
      let log = try ThawLog(path: folder.file("thaws"))
      try log.record([.glacier], of: "b", by: .bulk, at: noon)
      try log.record([.glacier, .deepArchive], of: "b", by: .standard, at: noon)
    }
    let log = try ThawLog(path: folder.file("thaws"))
    #expect(
      try log.ends(of: "b") == [
        .glacier: Timestamp(year: 2026, month: 11, day: 21),
        .deepArchive: Timestamp(year: 2026, month: 11, day: 21),
      ])
    #expect(try log.ends(of: "c").isEmpty)
  }
}
