import Synchronization
import Testing
import Vocabulary

@testable import Simulator

/// Archived objects, and how they become readable.
@Suite struct ThawTests {
  private func fixture(
    _ storageClass: String = "GLACIER", change: (inout ThawSpecification) -> Void = { _ in }
  ) throws -> ObjectFixture {
    try ObjectFixture(storageClass: storageClass) { change(&$0.objects.thaw) }
  }

  private static func body(_ days: Int? = 2, tier: String? = "Bulk") -> String {
    let days = days.map { "<Days>\($0)</Days>" } ?? ""
    let tier = tier.map { "<GlacierJobParameters><Tier>\($0)</Tier></GlacierJobParameters>" } ?? ""
    return "<RestoreRequest>\(days)\(tier)</RestoreRequest>"
  }

  private func restore(
    _ fixture: ObjectFixture, _ version: SimulatedVersion, _ body: String = body()
  ) throws -> LoopbackClient.Response {
    try fixture.client().send("POST", ObjectFixture.target(version) + "&restore", body: body)
  }

  private func head(
    _ fixture: ObjectFixture, _ version: SimulatedVersion
  ) throws -> LoopbackClient.Response {
    try fixture.client().send("HEAD", ObjectFixture.target(version))
  }

  @Test(arguments: ["GLACIER", "DEEP_ARCHIVE"])
  func archivedOnesCanBeLookedAtButNotRead(_ storageClass: String) throws {
    let fixture = try fixture(storageClass)
    let version = fixture.versions()[1]
    let refused = try fixture.get(version)
    #expect(refused.status == 403 && refused.text.contains("<Code>InvalidObjectState</Code>"))
    #expect(refused.text.contains("<StorageClass>\(storageClass)</StorageClass>"))
    let looked = try head(fixture, version)
    #expect(looked.status == 200 && looked.headers["x-amz-restore"] == nil)
    #expect(try restore(fixture, version).status == 202)
    #expect(try fixture.get(version).status == 200)
    #expect(try fixture.get(fixture.versions()[2]).status == 403, "no other version is thawed")
  }

  @Test func aThawTakesItsTime() throws {
    let clock = Mutex(Timestamp(year: 2026, month: 3, day: 1, hour: 10))
    var configuration = SimulatorConfiguration(
      buckets: [BucketSpecification(name: "logs", shape: .flat, count: 5, storageClass: 4)])
    configuration.isWritable = true
    configuration.objects.thaw.seconds = 3_600
    let server = try SimulatedS3(configuration) { clock.withLock { $0 } }
    let client = try LoopbackClient(port: server.port)
    let target = "/logs/\(server.objects(of: "logs")[0].key.text)"
    func advance(_ hours: Int64) {
      clock.withLock { $0.millisecondsSinceEpoch += hours * 3_600_000 }
    }
    func state() throws -> String? { try client.send("HEAD", target).headers["x-amz-restore"] }
    #expect(try client.send("POST", target + "?restore", body: Self.body(2)).status == 202)
    #expect(try state() == "ongoing-request=\"true\"")
    let again = try client.send("POST", target + "?restore", body: Self.body(2))
    #expect(again.status == 409 && again.text.contains("<Code>RestoreAlreadyInProgress</Code>"))
    #expect(
      try client.send("POST", target + "?restore", body: Self.body(2, tier: "Standard")).status
        == 202, "a faster one takes its place")
    advance(2)
    let until = "ongoing-request=\"false\", expiry-date=\"Wed, 04 Mar 2026 00:00:00 GMT\""
    #expect(try state() == until)
    #expect(try client.send("POST", target + "?restore", body: Self.body(9)).status == 200)
    #expect(try state()?.contains("11 Mar 2026") == true, "days count from the last request")
    advance(24 * 12)
    #expect(try state() == nil && client.get(target).status == 403)
  }

  @Test func thawsEndAfterSoManyLooks() throws {
    let fixture = try fixture { $0.looks = 2 }
    let version = fixture.versions()[0]
    #expect(try restore(fixture, version).status == 202)
    #expect(try fixture.get(version).status == 403)
    let looks = try (0..<3).map { _ in try head(fixture, version).headers["x-amz-restore"] ?? "" }
    #expect(looks.map { $0.contains("true") } == [true, false, false])
    #expect(try fixture.get(version).status == 200)
  }

  @Test func listingsTellHowFarTheyAre() throws {
    let fixture = try fixture { $0.looks = 2 }
    let current = fixture.versions().filter(\.isLatest)[0]
    let old = fixture.versions().filter { !$0.isLatest }[0]
    #expect(try restore(fixture, current).status == 202 && restore(fixture, old).status == 202)
    func count(_ target: String, asks: Bool = true) throws -> [Int] {
      let headers = asks ? [("x-amz-optional-object-attributes", "RestoreStatus")] : []
      let text = try fixture.client().get(target, headers: headers).text
      return ["true", "false"].map {
        text.components("<IsRestoreInProgress>\($0)</IsRestoreInProgress>")
      }
    }
    #expect(try count("/logs?versions", asks: false) == [0, 0])
    #expect(try count("/logs?versions") == [2, 0])
    #expect(try count("/logs?list-type=2") == [0, 1])
    #expect(try count("/logs?versions") == [0, 2])
  }

  @Test func whatMakesNoSenseIsRefused() throws {
    let fixture = try fixture("DEEP_ARCHIVE")
    let version = fixture.versions()[0]
    for (body, status, code) in [
      (Self.body(0), 400, "InvalidArgument"), (Self.body(nil), 400, "MalformedXML"),
      (Self.body(1, tier: "Fast"), 400, "MalformedXML"), ("", 400, "MalformedXML"),
      (Self.body(1, tier: "Expedited"), 400, "InvalidArgument"),
    ] {
      let answer = try restore(fixture, version, body)
      #expect(answer.status == status && answer.text.contains("<Code>\(code)</Code>"), "\(body)")
    }
    let warm = try self.fixture("STANDARD_IA")
    let answer = try restore(warm, warm.versions()[0])
    #expect(answer.status == 403 && answer.text.contains("<Code>InvalidObjectState</Code>"))
    let busy = try self.fixture { $0.hasExpedited = false }
    let refused = try restore(busy, busy.versions()[0], Self.body(1, tier: "Expedited"))
    #expect(refused.status == 503)
    #expect(refused.text.contains("<Code>GlacierExpeditedRetrievalNotAvailable</Code>"))
  }

  @Test func tieringHasArchivesOfItsOwn() throws {
    let fixture = try fixture("INTELLIGENT_TIERING") { $0.archivedTieringPercent = 50 }
    var tiers: Set<String> = []
    for version in fixture.versions() {
      let looked = try head(fixture, version).headers["x-amz-archive-status"]
      let answer = try fixture.get(version)
      #expect(answer.status == (looked == nil ? 200 : 403))
      guard let tier = looked else { continue }
      tiers.insert(tier)
      #expect(answer.text.contains("<AccessTier>\(tier)</AccessTier>"))
      #expect(try restore(fixture, version, Self.body(3)).status == 400, "it has no days")
      #expect(try restore(fixture, version, Self.body(nil)).status == 202)
      #expect(try fixture.get(version).status == 200)
      #expect(try head(fixture, version).headers["x-amz-restore"] == nil)
    }
    #expect(tiers == ["ARCHIVE_ACCESS", "DEEP_ARCHIVE_ACCESS"])
  }
}

extension String {
  /// How often a text occurs.
  fileprivate func components(_ part: String) -> Int { ranges(of: part).count }
}
