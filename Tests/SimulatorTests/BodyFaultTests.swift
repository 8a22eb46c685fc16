import Testing
import Vocabulary

@testable import Simulator

/// What goes wrong with the bytes of objects.
@Suite struct BodyFaultTests {
  private func fixture(
    _ fault: BodyFault, _ occurrence: FaultSpecification.Occurrence = .from(1),
    change: (inout SimulatorConfiguration) -> Void = { _ in }
  ) throws -> ObjectFixture {
    try ObjectFixture(faults: [FaultSpecification(.body(fault), occurrence)], change: change)
  }

  /// What comes over the wire in answer to a GET.
  private func exchange(
    _ fixture: ObjectFixture, _ version: SimulatedVersion, milliseconds: Int32 = 5_000
  ) throws -> (status: Int, announced: Int, body: [UInt8], ending: LoopbackClient.Ending) {
    let (bytes, ending) = try fixture.client().exchange(
      ObjectFixture.target(version), milliseconds: milliseconds)
    let text = String(decoding: bytes, as: UTF8.self)
    let head = try #require(text.firstRange(of: "\r\n\r\n"))
    let headBytes = text[..<head.upperBound].utf8.count
    let length = text.split(separator: "Content-Length: ").dropFirst().first?.prefix { $0.isNumber }
    return (
      Int(text.dropFirst(9).prefix(3)) ?? 0, length.flatMap { Int($0) } ?? -1,
      Array(bytes[headBytes...]), ending
    )
  }

  private static func right(_ version: SimulatedVersion) throws -> [UInt8] {
    let healthy = try ObjectFixture()
    return try healthy.bytes(version)
  }

  @Test(arguments: [BodyFault.cut, .reset])
  func connectionsEndInsideTheBody(_ fault: BodyFault) throws {
    let fixture = try fixture(fault)
    let version = fixture.versions()[0]
    let whole = try Self.right(version)
    let answer = try exchange(fixture, version)
    #expect(answer.status == 200 && answer.announced == whole.count)
    #expect(answer.body.count < whole.count && whole.starts(with: answer.body))
    #expect(answer.ending == (fault == .cut ? .closed : .reset))
    #expect(fixture.server.statistics.faults == [.body(fault): 1])
  }

  @Test func aShortBodyLooksWhole() throws {
    let fixture = try fixture(.short)
    let version = fixture.versions()[0]
    let answer = try fixture.get(version)
    let whole = try Self.right(version)
    #expect(answer.status == 200 && answer.body.count < whole.count)
    #expect(whole.starts(with: answer.body))
  }

  @Test func oneByteIsFlipped() throws {
    let fixture = try fixture(.flip)
    for version in fixture.versions().prefix(5) {
      let answer = try fixture.get(version)
      let whole = try Self.right(version)
      #expect(answer.body.count == whole.count)
      #expect(zip(answer.body, whole).count { $0 != $1 } == 1)
    }
  }

  @Test func aStalledBodyComesToNoEnd() throws {
    let fixture = try fixture(.stall)
    let version = fixture.versions()[0]
    let answer = try exchange(fixture, version, milliseconds: 300)
    #expect(answer.ending == .open && answer.body.count < answer.announced)
    #expect(answer.announced == Int(version.object?.size ?? 0))
  }

  @Test func aSlowBodyTakesItsTime() throws {
    let fixture = try fixture(.slow) { $0.objects.slowBytesPerSecond = 2_000 }
    let version = try #require(fixture.versions().first { 500..<1_500 ~= $0.object?.size ?? 0 })
    let begin = ContinuousClock.now
    let body = try fixture.get(version).body
    let seconds = Double(body.count) / 2_000
    #expect(ContinuousClock.now - begin > .seconds(seconds * 0.7))
    #expect(try body == Self.right(version))
  }

  @Test func rangesAreAnsweredWrongly() throws {
    let asked = [("Range", "bytes=10-29")]
    let version = try ObjectFixture().versions()[0]
    let whole = try Self.right(version)
    let untold = try fixture(.noContentRange).get(version, asked)
    #expect(untold.status == 206 && untold.headers["content-range"] == nil)
    #expect(untold.body == Array(whole[10..<30]))
    let all = try fixture(.whole).get(version, asked)
    #expect(all.status == 200 && all.body == whole && all.headers["content-range"] == nil)
    let other = try fixture(.otherRange).get(version, asked)
    let told = try #require(
      other.headers["content-range"]?.dropFirst(6).split(separator: "-").first)
    let begin = try #require(Int(told))
    #expect(other.status == 206 && begin != 10)
    #expect(other.body == Array(whole[begin..<begin + 20]))
    // There is no range to answer wrongly.
    let server = try fixture(.whole)
    #expect(try server.get(version).body == whole)
    #expect(server.server.statistics.faults.isEmpty)
  }

  @Test func refusalsAreErrors() throws {
    let version = try ObjectFixture().versions()[0]
    #expect(try fixture(.unavailable).get(version).status == 503)
    #expect(try fixture(.internalError).get(version).status == 500)
  }

  @Test func theFirstOfEachKeyMeetThem() throws {
    let fixture = try fixture(.unavailable, .firstOfKey(2))
    let keys = Array(Set(fixture.versions().map(\.key))).sorted().prefix(3)
    for key in keys {
      let statuses = try (0..<4).map { _ in try fixture.client().get("/logs/\(key.text)").status }
      #expect(statuses == [503, 503, 200, 200])
    }
    #expect(fixture.server.statistics.faults == [.body(.unavailable): 6])
    #expect(try fixture.client().get("/logs?list-type=2").status == 200)
    #expect(fixture.server.statistics.bodies == 6)
  }

  @Test func aShareMeetsThemUntilTheServerIsHealed() throws {
    let fixture = try fixture(.unavailable, .percent(40))
    let version = fixture.versions()[0]
    let statuses = try (0..<100).map { _ in try fixture.get(version).status }
    #expect((20...60).contains(statuses.count { $0 == 503 }))
    fixture.server.heal()
    #expect(try (0..<20).allSatisfy { _ in try fixture.get(version).status == 200 })
  }
}
