import Testing
import Vocabulary

@Suite struct UsagePriceTests {
  @Test func knowsEveryUsageWhereItKnowsRetrievals() {
    for region in ["us-east-1", "us-east-2"] {
      for usage in UsagePrice.Usage.allCases {
        #expect(UsagePrice.dollars(usage, in: region) != nil, "\(usage) in \(region)")
      }
    }
  }

  @Test func isSilentWhereItDoesNotKnow() {
    #expect(UsagePrice.dollars(.standardStorage, in: "sa-east-1") == 0.0405)
    #expect(UsagePrice.dollars(.bulkRetrieval, in: "sa-east-1") == nil)
    #expect(UsagePrice.dollars(.standardStorage, in: "ap-east-1") == nil)
  }
}
