import Testing
import Vocabulary

@Suite struct ListCostTests {
  private static let prices = RequestPrices(lists: ["us-east-1": 5_000, "us-east-2": 5_000])

  private func cost(_ requestsByRegion: [String: Int64]) -> ListCost {
    var cost = ListCost(at: Self.prices)
    for (region, requests) in requestsByRegion { cost.add(requests, in: region) }
    return cost
  }

  @Test(
    arguments: [
      (0, "about $0.0000"), (1, "about $0.000005"), (20, "about $0.0001"),
      (2_500, "about $0.0125"), (2_501, "about $0.012505"), (100, "about $0.0005"),
      (200_000, "about $1.0000"), (1_000_000_000, "about $5,000.0000"),
    ] as [(Int64, String)])
  func requestsCostFiveDollarsAMillionInVirginia(requests: Int64, text: String) {
    #expect(cost(["us-east-1": requests]).text() == text)
  }

  @Test func requestsOfWhichThereMayBeMoreCostAtLeastSoMuch() {
    #expect(cost(["us-east-2": 2_500]).text(isLeast: true) == "at least $0.0125")
  }

  @Test func priceOfAnotherRegionNeverStandsForAnUnknownOne() {
    let cost = cost(["eu-west-1": 1_000, "us-east-1": 200, "ap-south-2": 3])
    #expect(!cost.isWhole && cost.dollars == nil)
    #expect(cost.unpriced == ["eu-west-1": 1_000, "ap-south-2": 3])
    #expect(
      cost.text() == "at least $0.0010; the price in ap-south-2, eu-west-1 is not known")
  }

  @Test func nothingIsSaidOfDollarsWhenNoPriceIsKnown() {
    #expect(cost(["eu-west-1": 1]).text() == "the price in eu-west-1 is not known")
    var cost = ListCost(at: Self.prices)
    cost.add(5, in: nil)
    #expect(cost.text() == "the price in unknown regions is not known")
  }

  @Test func dollarsAreExactWhereAllPricesAreKnown() {
    #expect(cost(["us-east-1": 1_727]).dollars == 0.008635)
    #expect(cost([:]).dollars == 0)
  }
}
