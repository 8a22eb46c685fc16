import Restore
import S3
import Testing
import Vocabulary

@Suite struct ThawPlanTests {
  private let gibibyte: Int64 = 1 << 30

  private func share(
    _ archive: Archive, _ versions: Int64 = 1, gibibytes: Int64? = 1
  ) -> ThawPlan.Share {
    ThawPlan.Share(
      archive: archive, versions: versions, bytes: gibibytes.map { $0 * gibibyte })
  }

  private func plan(
    _ shares: [ThawPlan.Share], by speed: ThawSpeed, days: Int = 30
  ) -> ThawPlan {
    ThawPlan(shares.map { (.archived, $0) }, speed: speed, days: days)
  }

  private func isNear(_ value: Double?, _ expected: Double) -> Bool {
    value.map { abs($0 - expected) < 1e-9 } ?? false
  }

  /// By hand, from the price list: requests + GiB × retrieval + GiB × days / 30 × storage.
  @Test(arguments: [
    (Archive.glacier, ThawSpeed.bulk, 0 + 0 + 20 * 0.5 * 0.023),
    (.glacier, .standard, 4_000 * 0.00005 + 20 * 0.01 + 20 * 0.5 * 0.023),
    (.glacier, .expedited, 4_000 * 0.01 + 20 * 0.03 + 20 * 0.5 * 0.023),
    (.deepArchive, .bulk, 4_000 * 0.000025 + 20 * 0.0025 + 20 * 0.5 * 0.023),
    (.deepArchive, .standard, 4_000 * 0.0001 + 20 * 0.02 + 20 * 0.5 * 0.023),
    // Free, and no copy that would be stored for some days.
    (.tieringArchive, .standard, 0), (.tieringDeepArchive, .bulk, 0),
  ])
  func addsUpWhatItCosts(archive: Archive, speed: ThawSpeed, dollars: Double) {
    let cost = plan([share(archive, 4_000, gibibytes: 20)], by: speed, days: 15)
      .cost(in: "us-east-1")
    #expect(isNear(cost.total, dollars), "\(cost.text)")
  }

  @Test func namesWhatItDoesNotKnowAndNeverTakesItForNothing() {
    let plan = plan([share(.deepArchive)], by: .standard)
    let elsewhere = plan.cost(in: "eu-west-1")
    #expect(elsewhere.total == nil && elsewhere.dollars(of: .retrieval) == nil)
    #expect(isNear(elsewhere.dollars(of: .storage), 0.023))
    #expect(elsewhere.text == "at least $0.023; not known: requests, retrieval")
    #expect(plan.cost(in: nil).text == "not known: requests, retrieval, storage")
    #expect(plan.cost(in: "us-nowhere-9").total == nil)
    let fast = self.plan([share(.tieringArchive)], by: .expedited).cost(in: "us-east-1")
    #expect(fast.unknown == [.requests, .retrieval])
  }

  @Test func doesNotKnowWhatUnknownBytesCostUnlessTheyAreFree() {
    let cost = plan([share(.glacier, 9, gibibytes: nil)], by: .bulk).cost(in: "us-east-1")
    #expect(cost.unknown == [.storage])
    #expect(isNear(cost.dollars(of: .retrieval), 0))
  }

  @Test func beginsNothingThatHasNoSuchSpeed() {
    let shares = Archive.allCases.map { share($0) }
    let plan = plan(shares, by: .expedited)
    #expect(plan.begins.map(\.archive) == [.glacier, .tieringArchive])
    #expect(plan.leaves.map(\.archive) == [.deepArchive, .tieringDeepArchive])
    #expect(self.plan(shares, by: .standard).leaves.isEmpty)
  }

  @Test(
    arguments: [
      (Archive.glacier, ThawSpeed.expedited, "1 to 5 minutes"), (.glacier, .bulk, "5 to 12 hours"),
      (.tieringArchive, .standard, "3 to 5 hours"), (.deepArchive, .standard, "up to 12 hours"),
      (.tieringDeepArchive, .bulk, "up to 48 hours"), (.deepArchive, .expedited, nil),
    ] as [(Archive, ThawSpeed, String?)])
  func saysHowLongItTakes(archive: Archive, speed: ThawSpeed, text: String?) {
    #expect(RetrievalTime(from: archive, by: speed)?.text == text)
  }

  @Test func countsHoursFromWhenItWasAskedFor() {
    let now = Timestamp(year: 2026, month: 11, day: 20, hour: 12)
    var plan = ThawPlan([(.underWay, share(.glacier))], speed: .standard, days: 1)
    // Nobody knows by what it comes.
    #expect(plan.minutesLeft(now: now) == 12 * 60)
    plan.ends[.glacier] = Timestamp(year: 2026, month: 11, day: 20, hour: 14, minute: 30)
    #expect(plan.minutesLeft(now: now) == 150)
    plan.ends[.glacier] = Timestamp(year: 2026, month: 11, day: 20, hour: 11)
    #expect(plan.minutesLeft(now: now) == 0)
    #expect(self.plan([share(.glacier)], by: .bulk).minutesLeft(now: now) == nil)
  }

  @Test(arguments: [
    (0.0, "$0.00"), (0.000_01, "$0.0001"), (0.0005, "$0.0005"), (1.5, "$1.50"),
    (1_234.567_8, "$1,234.5678"),
  ])
  func writesDollarsRoundedUp(dollars: Double, text: String) {
    #expect(ThawCost.text(dollars) == text)
  }
}
