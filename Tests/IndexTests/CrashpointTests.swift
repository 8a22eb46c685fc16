import Index
import Testing

/// When a process is to die; that it does is for the end-to-end tests.
@Suite struct CrashpointTests {
  @Test(arguments: Crashpoint.allCases)
  func readsEveryName(_ point: Crashpoint) {
    #expect(CrashOrder(point.rawValue)?.point == point)
    #expect(CrashOrder(point.rawValue)?.passesLeft == 1)
    #expect(CrashOrder("\(point.rawValue):12")?.passesLeft == 12)
  }

  @Test(arguments: [
    "", ":", ":1", "batch", "batch-begun:", "batch-begun:0", "batch-begun:-1", "batch-begun:1:2",
    "batch-begun: 1", "Batch-Begun", " batch-begun",
  ])
  func refuses(_ text: String) {
    #expect(CrashOrder(text) == nil)
  }

  @Test func isDueOnceAndAtItsOwnPointOnly() throws {
    var order = try #require(CrashOrder("rows-merged:3"))
    let passes: [Crashpoint] = [
      .rowsMerged, .batchBegun, .rowsMerged, .cursorAdvanced, .rowsMerged, .rowsMerged,
    ]
    #expect(passes.map { order.isDue(at: $0) } == [false, false, false, false, true, false])
  }
}
