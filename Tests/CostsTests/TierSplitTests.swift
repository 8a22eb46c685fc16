import Testing

@testable import Costs

@Suite struct TierSplitTests {
  private static let names = [
    "IntelligentTieringFAStorage", "IntelligentTieringIAStorage", "IntelligentTieringAIAStorage",
    "IntelligentTieringAAStorage", "IntAAObjectOverhead",
  ]

  private static func split(_ values: Int64?...) -> TierSplit? {
    TierSplit(
      Dictionary(uniqueKeysWithValues: zip(names.map { StorageType($0) }, values)))
  }

  @Test func whatIsNewIsFrequent() throws {
    let split = try #require(Self.split(60, 30, 0, 10, 2 * 32_768))
    let tiers = try #require(split.tiers(of: [110]).first)
    #expect(tiers[.frequent]?.bytes == 70 && tiers[.infrequent]?.bytes == 30)
    #expect(tiers[.archive] == .init(objects: 2, bytes: 10))
    #expect(tiers[.archiveInstant] == nil)
  }

  @Test func whatIsGoneIsSharedByAllBelow() throws {
    let split = try #require(Self.split(60, 30, 0, 10, 8 * 32_768))
    let tiers = try #require(split.tiers(of: [20]).first)
    #expect(tiers[.frequent]?.bytes == 0 && tiers[.infrequent]?.bytes == 15)
    #expect(tiers[.archive] == .init(objects: 4, bytes: 5))
  }

  @Test(arguments: [[7, 93], [1, 1, 98], [0, 100], [33, 34, 33]] as [[Int64]])
  func partsAreTheWhole(parts: [Int64]) throws {
    let split = try #require(Self.split(50, 31, 0, 19, 5 * 32_768))
    let shares = split.tiers(of: parts)
    for (part, share) in zip(parts, shares) {
      #expect(share.values.reduce(0) { $0 + $1.bytes } == part)
    }
    let archived = shares.compactMap { $0[.archive] }
    #expect(archived.reduce(0) { $0 + $1.bytes } == 19)
    #expect(archived.reduce(0) { $0 + $1.objects } == 5)
  }

  @Test func sumsOfExbibytesDoNotOverflow() throws {
    let large = Int64(1) << 53
    let split = try #require(Self.split(large, large, 0, 0, nil ?? 0))
    let tiers = try #require(split.tiers(of: [large]).first)
    #expect(tiers[.infrequent]?.bytes == large && tiers[.frequent]?.bytes == 0)
  }

  @Test func whatIsNotToldIsNotGuessed() {
    #expect(TierSplit([:]) == nil)
    #expect(Self.split(60, nil, 0, 0, 0) == nil)
    #expect(TierSplit([StorageType("IntelligentTieringAAStorage"): 5]) == nil)
    #expect(TierSplit([StorageType("StandardStorage"): 5]) == nil)
    // A tier that came later may have the rest.
    let frequent = StorageType("IntelligentTieringFAStorage")
    for name in ["IntelligentTieringQQStorage", "IntQQObjectOverhead", "CrystalStorage"] {
      #expect(TierSplit([frequent: 5, StorageType(name): 5]) == nil)
      #expect(TierSplit([frequent: 5, StorageType(name): 0]) != nil)
    }
    #expect(TierSplit([frequent: 5, .all: 5, StorageType("StandardStorage"): 5]) != nil)
  }

  @Test(
    arguments: [
      ("TimedStorage-ByteHrs", "us-east-1", "TimedStorage-ByteHrs"),
      ("EU-TimedStorage-SIA-ByteHrs", "eu-west-1", "TimedStorage-SIA-ByteHrs"),
      ("EUC1-Requests-Tier1", "eu-central-1", "Requests-Tier1"),
      ("EU-DataTransfer-Out-Bytes", nil, nil), ("XXX9-TimedStorage-ByteHrs", nil, nil),
      ("", nil, nil),
    ] as [(String, String?, String?)])
  func readsLinesOfBills(text: String, region: String?, usage: String?) {
    let billed = BilledUsage(billed: text)
    #expect(billed?.region == region && billed?.usage.rawValue == usage)
  }
}
