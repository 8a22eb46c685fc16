import Testing
import Vocabulary

@testable import Costs

/// Bills as AWS would write them, from cells of a few rows.
@Suite struct BillTests {
  private let prices = PriceList(
    RecordedPrices.rows.map { (RecordedPrices.list, $0) }, on: "2026-11-29")
  private static let tebibyte: Int64 = 1 << 40

  private func cell(
    _ storageClass: String, region: String = "us-east-1", objects: Int64, size: Int64,
    payer: String = "111122223333", state: StoredCell.State = .current
  ) -> StoredCell {
    let isSmall = size < SmallObject.sizeMin
    return StoredCell(
      payer: payer, region: region, storageClass: storageClass, state: state, objects: objects,
      bytes: objects * size, smallObjects: isSmall ? objects : 0,
      smallBytes: isSmall ? objects * size : 0)
  }

  private func cost(_ cell: StoredCell) -> Cost { Bill(of: [cell], by: prices).cost(of: [cell]) }

  @Test func everyRecordedPriceIsRead() {
    #expect(RecordedPrices.rows.count == 543)
  }

  /// S3 FAQ: "How will I be charged and billed": 52,900 GB-months of STANDARD.
  @Test func standardGoesThroughItsTiers() {
    let cost = cost(cell("STANDARD", objects: 52_900, size: 1 << 30))
    #expect(cost.usd?.decimal(places: 6) == "1215.000000")
  }

  /// AWS Pricing Calculator: 100 GB of objects of 10 KB in DEEP_ARCHIVE.
  @Test func archivesHaveOverheads() {
    let cost = cost(cell("DEEP_ARCHIVE", objects: 10_485_760, size: 10_240))
    #expect(cost.usd?.decimal(places: 6) == "2.255800")
    #expect(cost.billedBytes == (100 + 320 + 80) << 30)
  }

  @Test(arguments: [
    ("GLACIER", "0.083800"), ("DEEP_ARCHIVE", "0.056395"), ("STANDARD", "0.057500"),
  ])
  func archivesOfSmallObjectsAreDear(storageClass: String, usd: String) {
    let cost = cost(cell(storageClass, objects: 262_144, size: 10_240))
    #expect(cost.usd?.decimal(places: 6) == usd)
  }

  @Test func tiersAreSharedByBytes() {
    let alpha = cell("STANDARD", objects: 8, size: 5 * Self.tebibyte)
    let beta = cell("STANDARD", objects: 6, size: 5 * Self.tebibyte)
    let gamma = cell("STANDARD", region: "us-east-2", objects: 4, size: 5 * Self.tebibyte)
    let bill = Bill(of: [alpha, beta, gamma], by: prices)
    #expect(bill.cost(of: [alpha]).usd.map { "\($0)" } == "162816/175")
    #expect(bill.cost(of: [beta]).usd.map { "\($0)" } == "122112/175")
    #expect(bill.cost(of: [gamma]).usd?.decimal(places: 2) == "471.04")
    #expect(bill.cost(of: [alpha, beta, gamma]).usd?.decimal(places: 2) == "2099.20")
  }

  @Test func anotherAccountHasTiersOfItsOwn() {
    let cells = ["1", "2"].map { cell("STANDARD", objects: 51_200, size: 1 << 30, payer: $0) }
    #expect(Bill(of: cells, by: prices).cost(of: cells).usd?.decimal(places: 2) == "2355.20")
  }

  @Test(
    arguments: [
      ("STANDARD_IA", 1, 1, "0.000002", 131_072),
      ("ONEZONE_IA", 8_192, 131_071, "0.010000", 1 << 30),
      ("GLACIER_IR", 8_192, 1, "0.004000", 1 << 30),
      ("GLACIER_IR", 1, 1 << 30, "0.004000", 1 << 30),
    ] as [(String, Int64, Int64, String, Int64)])
  func smallObjectsArePadded(
    storageClass: String, objects: Int64, size: Int64, usd: String, billed: Int64
  ) {
    let cost = cost(cell(storageClass, objects: objects, size: size))
    #expect(cost.usd?.decimal(places: 6) == usd && cost.billedBytes == billed)
  }

  @Test func whatIsNotKnownOfTieringHasBounds() {
    let cost = cost(cell("INTELLIGENT_TIERING", objects: 1_000, size: 1 << 30))
    #expect(cost.usd == nil && cost.unknowns == [.accessTiers])
    #expect(cost.atLeast.decimal(places: 4) == "4.0025")
    #expect(cost.atMost?.decimal(places: 4) == "23.0025")
    let small = self.cost(cell("INTELLIGENT_TIERING", objects: 1_024, size: 1_024))
    #expect(small.usd?.decimal(places: 9) == "0.000022461" && small.unknowns.isEmpty)
  }

  /// All in Archive Instant Access is the least, also where the price of the dearest tier is not known.
  @Test func theLeastOfTieringIsItsCheapestTier() {
    let cost = cost(cell("INTELLIGENT_TIERING", region: "eu-west-1", objects: 3, size: 1 << 30))
    #expect(cost.atLeast.decimal(places: 6) == "0.012000" && cost.atMost == nil)
  }

  @Test func knownTiersAreExact() {
    var tiered = cell("INTELLIGENT_TIERING", objects: 200, size: 1 << 30)
    tiered.tiers = [
      .frequent: .init(objects: 100, bytes: 100 << 30),
      .deepArchive: .init(objects: 100, bytes: 100 << 30),
    ]
    // 100 x 0.023, 100 x 0.00099, 200 watched; 100 x 32 KiB x 0.00099 and 100 x 8 KiB x 0.023.
    #expect(cost(tiered).usd?.decimal(places: 9) == "2.399520569")
  }

  @Test func unknownIsNeverNothing() {
    let outposts = cost(cell("OUTPOSTS", objects: 1, size: 1 << 30))
    #expect(outposts.usd == nil && outposts.atMost == nil && outposts.atLeast == .zero)
    #expect(outposts.unknowns == [.storageClass("OUTPOSTS")] && outposts.billedBytes == 1 << 30)
    let elsewhere = cost(cell("STANDARD", region: "eu-west-1", objects: 60_000, size: 1 << 30))
    // The second tier of Ireland is not known.
    #expect(elsewhere.usd == nil && elsewhere.atMost == nil)
    #expect(elsewhere.atLeast.decimal(places: 2) == "1177.60")
    #expect(elsewhere.unknowns == [.price(PriceKey(.standard, in: "eu-west-1"))])
    var nowhere = cell("STANDARD", objects: 1, size: 1)
    nowhere.region = nil
    #expect(cost(nowhere).unknowns == [.region] && cost(nowhere).usd == nil)
    // What is billed there is known, and of what it is made.
    var archived = cell("GLACIER", objects: 2, size: 100)
    archived.region = nil
    let bill = Bill(of: [archived], by: prices)
    #expect(bill.cost(of: [archived]).billedBytes == 200 + 2 * 40_960)
    #expect(Set(bill.components(of: nowhere).keys) == [.storage])
    #expect(bill.components(of: archived).values.allSatisfy { $0.unknowns == [.region] })
  }

  @Test func uploadsToArchivesWaitInStaging() {
    let cost = cost(cell("DEEP_ARCHIVE", objects: 3, size: 100 << 30, state: .uploads))
    #expect(cost.usd?.decimal(places: 2) == "6.30" && cost.billedBytes == 300 << 30)
    let glacier = self.cost(cell("GLACIER", objects: 3, size: 1, state: .uploads))
    #expect(glacier.usd == nil)
  }

  @Test func componentsAddUp() {
    let archived = cell("GLACIER", objects: 262_144, size: 10_240)
    let components = Bill(of: [archived], by: prices).components(of: archived)
    #expect(
      components.mapValues { $0.usd?.decimal(places: 4) } == [
        .storage: "0.0090", .archiveOverhead: "0.0288", .archiveIndex: "0.0460",
      ])
  }
}
