import Testing

@testable import Crawl

@Suite struct RequestBudgetTests {
  @Test(arguments: [(1, 1), (7, 7), (8, 9), (64, 72), (1_000, 1_125)])
  func anEighthMoreIsAtWorkThanInFlight(inFlight: Int, atWork: Int) {
    let budget = RequestBudget(inFlight: inFlight)
    #expect(budget.inFlightMax == inFlight)
    #expect(budget.atWorkMax == atWork)
    #expect(budget.atWorkMaxOfFirstCrawl == atWork)
  }

  @Test func firstCrawlKeepsItselfBelowWhatTheTransportAllows() {
    let budget = RequestBudget()
    #expect(budget.inFlightMax == 256)
    #expect(budget.atWorkMax == 288)
    #expect(budget.atWorkMaxOfFirstCrawl == 64)
  }

  @Test(arguments: [(1, true), (2, false)])
  func oneRequestIsOnePageAfterAnother(inFlight: Int, isSerial: Bool) {
    #expect(RequestBudget(inFlight: inFlight).isSerial == isSerial)
  }

  @Test func laterCrawlBeginsWithMoreRequests() {
    #expect(RequestBudget().limit(isFirst: true).limit == 8)
    #expect(RequestBudget().limit(isFirst: false).limit == 32)
    #expect(RequestBudget(inFlight: 3).limit(isFirst: false).limit == 3)
  }
}
