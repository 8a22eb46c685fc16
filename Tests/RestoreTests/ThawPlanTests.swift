import Costs
import Restore
import S3
import Testing
import Vocabulary

@Suite struct ThawPlanTests {
  private let gibibyte: Int64 = 1 << 30
  private let prices = PriceList(
    RecordedPrices.rows.map { (RecordedPrices.list, $0) }, on: "2026-11-29")

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
  ])
  func addsUpWhatItCosts(archive: Archive, speed: ThawSpeed, dollars: Double) {
    let cost = plan([share(archive, 4_000, gibibytes: 20)], by: speed, days: 15)
      .cost(in: "us-east-1", at: prices)
    #expect(isNear(cost.total, dollars), "\(cost.text)")
  }

  @Test func namesWhatItDoesNotKnowAndNeverTakesItForNothing() {
    let plan = plan([share(.deepArchive)], by: .standard)
    let elsewhere = plan.cost(in: "eu-west-1", at: prices)
    #expect(elsewhere.total == nil && elsewhere.dollars(of: .retrieval) == nil)
    #expect(isNear(elsewhere.dollars(of: .storage), 0.023))
    #expect(elsewhere.text == "at least $0.023; not known: requests, retrieval")
    #expect(plan.cost(in: nil, at: prices).text == "not known: requests, retrieval, storage")
    #expect(plan.cost(in: "us-nowhere-9", at: prices).total == nil)
    let fast = self.plan([share(.tieringArchive)], by: .expedited).cost(in: "us-east-1", at: prices)
    #expect(fast.unknown == [.requests, .retrieval, .storage])
  }

  /// No copy that is stored for some days: the object itself moves, for as long as it is read.
  @Test(arguments: [(Archive.tieringArchive, ThawSpeed.standard), (.tieringDeepArchive, .bulk)])
  func whatComesBackFromATierIsFreeAndStoredForAnUnknownTime(archive: Archive, speed: ThawSpeed) {
    let cost = plan([share(archive, 4_000, gibibytes: 20)], by: speed)
      .cost(in: "us-east-1", at: prices)
    #expect(cost.dollars(of: .requests) == 0 && cost.dollars(of: .retrieval) == 0)
    #expect(cost.dollars(of: .storage) == nil && cost.total == nil)
    #expect(cost.text == "not known: storage")
  }

  @Test func importedPricesCount() throws {
    let row = try #require(
      PriceRow(
        key: PriceKey(
          UsageType(rawValue: "Bulk-Retrieval-Bytes"), in: "eu-west-1", operation: "RestoreObject"),
        from: 0, to: nil, unit: "GB", usdText: "0.5", effectiveDate: "2026-10-01", source: "f"))
    let prices = PriceList([("imported", row)], on: "2026-11-29")
    let cost = plan([share(.glacier, gibibytes: 4)], by: .bulk).cost(in: "eu-west-1", at: prices)
    #expect(isNear(cost.dollars(of: .retrieval), 2) && cost.unknown == [.requests, .storage])
  }

  @Test func everythingIsKnownInTheFirstRegions() {
    for (archive, speed) in [
      (Archive.glacier, ThawSpeed.bulk), (.glacier, .standard), (.glacier, .expedited),
      (.deepArchive, .bulk), (.deepArchive, .standard),
    ] {
      for region in ["us-east-1", "us-east-2"] {
        let cost = plan([share(archive)], by: speed).cost(in: region, at: prices)
        #expect(cost.unknown.isEmpty, "\(archive) by \(speed) in \(region)")
      }
    }
  }

  @Test func doesNotKnowWhatUnknownBytesCostUnlessTheyAreFree() {
    let cost = plan([share(.glacier, 9, gibibytes: nil)], by: .bulk).cost(
      in: "us-east-1", at: prices)
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
