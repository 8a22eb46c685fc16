import Testing
import Vocabulary

@testable import Costs

@Suite struct WhatIfTests {
  private let prices = PriceList(
    RecordedPrices.rows.map { (RecordedPrices.list, $0) }, on: "2026-11-29")

  private func part(
    _ storageClass: String, objects: Int64, size: Int64, ageDays: Int = 200,
    region: String? = "us-east-1"
  ) -> WhatIf.Part {
    let isSmall = size < SmallObject.sizeMin
    return WhatIf.Part(
      StoredCell(
        payer: "1", region: region, storageClass: storageClass, objects: objects,
        bytes: objects * size, smallObjects: isSmall ? objects : 0,
        smallBytes: isSmall ? objects * size : 0), ageDays: ageDays)
  }

  private var media: [WhatIf.Part] {
    [
      part("STANDARD", objects: 10_000, size: 1 << 20),
      part("STANDARD", objects: 50_000, size: 16_384),
    ]
  }

  private var whole: [StoredCell] {
    media.map(\.cell) + [part("STANDARD", objects: 1_000, size: 1 << 30).cell]
  }

  @Test func smallObjectsStay() throws {
    let answer = try WhatIf(
      .move(to: "GLACIER_IR", movesSmall: false), parts: media, of: whole, by: prices)
    #expect(answer.moved.objects == 10_000 && answer.left.objects == 50_000)
    #expect(answer.small == answer.left && answer.small.bytes == 819_200_000)
    #expect(answer.now.usd?.decimal(places: 9) == "0.224609375")
    #expect(answer.then.usd?.decimal(places: 7) == "0.0390625")
    #expect(answer.saving?.decimal(places: 9) == "0.185546875")
    #expect(answer.transitions.known.decimal(places: 2) == "0.20")
    #expect(answer.monthsToBreakEven.map { "\($0)" } == "512/475")
    #expect(answer.readableGiB?.decimal(places: 6) == "6.184896")
    #expect(answer.earlyAtMost == .zero)
  }

  @Test func movingSmallObjectsIsDear() throws {
    let answer = try WhatIf(
      .move(to: "GLACIER_IR", movesSmall: true), parts: media, of: whole, by: prices)
    #expect(answer.moved.objects == 60_000 && answer.moved.bytes == 11_304_960_000)
    #expect(answer.saving?.decimal(places: 15) == "0.178680419921875")
    #expect(answer.transitions.known.decimal(places: 2) == "1.20")
    #expect(answer.monthsToBreakEven.map { "\($0)" } == "196608/29275")
    #expect(answer.readableGiB?.decimal(places: 6) == "5.956014")
    let alone = try WhatIf(
      .move(to: "GLACIER_IR", movesSmall: true), parts: [media[1]], of: whole, by: prices)
    #expect(alone.saving?.decimal(places: 15) == "-0.006866455078125")
    #expect(alone.isNever && alone.monthsToBreakEven == nil)
  }

  @Test func leavingEarlyIsCharged() throws {
    let deep = part("DEEP_ARCHIVE", objects: 100, size: 1 << 30, ageDays: 60)
    let answer = try WhatIf(.remove, parts: [deep], of: [deep.cell], by: prices)
    #expect(answer.saving == answer.now.usd)
    // 100 GiB and 100 x 32 KiB at the class's rate; the 8 KiB are in STANDARD, which has no minimum.
    let month =
      Rational((100 << 30) + 100 * 32_768) / Rational(1 << 30) * Rational(99) / Rational(100_000)
    #expect(answer.earlyAtLeast == month * Rational(4) && answer.earlyAtMost == month * Rational(6))
    let young = part("STANDARD_IA", objects: 1, size: 1 << 30, ageDays: 12)
    let known = try WhatIf(.remove, parts: [young], of: [young.cell], by: prices)
    #expect(known.earlyAtLeast == known.earlyAtMost)
    #expect(known.earlyAtMost?.decimal(places: 4) == "0.0075")
  }

  /// The rest of the account pays more for each GiB when the cheapest tier is left.
  @Test func tiersCount() throws {
    let moving = part("STANDARD", objects: 10_000, size: 1 << 30)
    let rest = part("STANDARD", objects: 51_200, size: 1 << 30)
    let answer = try WhatIf(
      .move(to: "GLACIER_IR", movesSmall: false), parts: [moving], of: [moving.cell, rest.cell],
      by: prices)
    // 10,000 GiB leave the second tier: 220.00, and cost 40.00.
    #expect(answer.saving?.decimal(places: 2) == "180.00")
  }

  /// 100 objects of 1 GiB in known tiers, and as many of 64 KiB, which are in the Frequent tier.
  @Test func tiersThatAreKnownGoWithTheirObjects() throws {
    let small = Int64(100 * 65_536)
    var cell = part("INTELLIGENT_TIERING", objects: 100, size: 1 << 30).cell
    (cell.objects, cell.smallObjects, cell.smallBytes) = (200, 100, small)
    cell.bytes += small
    cell.tiers = [
      .frequent: .init(objects: 0, bytes: (60 << 30) + small),
      .infrequent: .init(objects: 0, bytes: 40 << 30),
    ]
    let removed = try WhatIf(
      .remove, parts: [WhatIf.Part(cell, ageDays: 200)], of: [cell], by: prices)
    #expect(removed.saving == removed.now.usd && removed.saving != nil)
    let moved = try WhatIf(
      .move(to: "GLACIER_IR", movesSmall: false), parts: [WhatIf.Part(cell, ageDays: 200)],
      of: [cell], by: prices)
    // 60 x 0.023 + 40 x 0.0125 + 100 x 0.0000025, less 100 x 0.004.
    #expect(moved.now.usd?.decimal(places: 6) == "1.880250")
    #expect(moved.saving?.decimal(places: 6) == "1.480250")
    // Fewer bytes in the Frequent tier than small objects have cannot be.
    cell.tiers?[.frequent]?.bytes = 1
    let odd = try WhatIf(
      .move(to: "GLACIER_IR", movesSmall: false), parts: [WhatIf.Part(cell, ageDays: 200)],
      of: [cell], by: prices)
    #expect(odd.now.usd == nil)
  }

  @Test func uphillIsRefused() {
    #expect(throws: Transition.Refusal.uphill(from: "GLACIER", to: "STANDARD")) {
      try WhatIf(
        .move(to: "STANDARD", movesSmall: false), parts: [part("GLACIER", objects: 1, size: 1)],
        of: [], by: prices)
    }
    #expect(throws: Transition.Refusal.unknownTarget("COLD")) {
      try WhatIf(.move(to: "COLD", movesSmall: false), parts: [], of: [], by: prices)
    }
  }

  /// What is not known of one region is not answered by what is known of another.
  @Test func eachRegionHasPricesOfItsOwn() throws {
    let parts = ["us-east-1", "eu-west-1"].map {
      part("STANDARD", objects: 4, size: 1 << 30, region: $0)
    }
    let answer = try WhatIf(
      .move(to: "GLACIER", movesSmall: false), parts: parts, of: parts.map(\.cell), by: prices)
    #expect(answer.saving?.decimal(places: 2) == "0.16")
    #expect(!answer.transitions.isWhole && answer.readableGiB == nil)
    #expect(answer.unknowns[0].isEmpty)
    let transition = PriceKey(
      .glacierTransitions, in: "eu-west-1", operation: "S3-GlacierTransition")
    let reading = PriceKey(
      UsageType(rawValue: "Standard-Retrieval-Bytes"), in: "eu-west-1", operation: "RestoreObject")
    #expect(answer.unknowns[1] == [.price(transition), .price(reading)])
    #expect(answer.priceKeys.isSuperset(of: [transition, PriceKey(.glacier, in: "us-east-1")]))
    let nowhere = part("STANDARD", objects: 4, size: 1 << 30, region: nil)
    let unknown = try WhatIf(
      .move(to: "GLACIER", movesSmall: false), parts: [nowhere], of: [nowhere.cell], by: prices)
    #expect(unknown.saving == nil && unknown.unknowns == [[.region]])
  }

  @Test func unknownBytesHaveAnUnknownCost() throws {
    var upload = part("STANDARD", objects: 2, size: 5 << 20)
    upload.cell.state = .uploads
    upload.lacksBytes = true
    let answer = try WhatIf(.remove, parts: [upload], of: [upload.cell], by: prices)
    #expect(answer.lacksBytes && answer.saving == nil && answer.now.usd == nil)
    #expect(answer.now.atLeast.decimal(places: 6) == "0.000225")
  }

  @Test func nothingMovesToStandard() {
    #expect(throws: Transition.Refusal.uphill(from: "any class", to: "STANDARD")) {
      try WhatIf(.move(to: "STANDARD", movesSmall: false), parts: [], of: [], by: prices)
    }
  }
}
