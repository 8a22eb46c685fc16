import Testing

@testable import Simulator

@Suite struct FaultPlanTests {
  private func plan(_ faults: FaultSpecification..., seed: UInt64 = 1) -> FaultPlan {
    FaultPlan(faults, seed: seed)
  }

  @Test func namedRequestsMeetTheirFaults() {
    let plan = plan(
      FaultSpecification(.page(.overlap), .request(2)),
      FaultSpecification(.answer(.html), .from(4)))
    let kinds = (1...6).map { plan.fault(ofRequest: $0)?.kind }
    #expect(
      kinds == [
        nil, .page(.overlap), nil, .answer(.html), .answer(.html), .answer(.html),
      ])
  }

  @Test(arguments: [1.0, 5, 20, 100])
  func percentagesHold(percent: Double) {
    let plan = plan(
      FaultSpecification(.wire(.cutBody), .percent(percent / 4)),
      FaultSpecification(.answer(.html), .percent(percent * 3 / 4)))
    let kinds = (1...100_000).compactMap { plan.fault(ofRequest: $0)?.kind }
    #expect(abs(Double(kinds.count) / 1_000 - percent) < 0.4)
    let ofWire = kinds.count { $0 == .wire(.cutBody) }
    #expect(abs(Double(ofWire) / 1_000 - percent / 4) < 0.4)
  }

  @Test func followsFromTheSeed() {
    let specification = FaultSpecification(.wire(.cutBody), .percent(20))
    func numbers(_ seed: UInt64) -> [Int] {
      let plan = plan(specification, seed: seed)
      return (1...200).filter { plan.fault(ofRequest: $0) != nil }
    }
    #expect(numbers(1) == numbers(1))
    #expect(numbers(1) != numbers(2))
  }

  @Test func onlyFaultsThatWaitNeedThreads() {
    #expect(FaultPlan([], seed: 1).isEmpty)
    for kind in [FaultKind.page(.overlap), .body(.flip), .write(.lost)] {
      #expect(!kind.needsThreads)
    }
    for kind in [FaultKind.wire(.slow), .body(.stall)] { #expect(kind.needsThreads) }
  }

  @Test func keysAreCountedByThemselves() {
    let plan = plan(FaultSpecification(.body(.flip), .firstOfKey(2)))
    #expect(plan.countsKeys)
    #expect(plan.fault(ofRequest: 9, ofKey: 2) != nil && plan.fault(ofRequest: 1, ofKey: 3) == nil)
  }
}
