import Crawl
import Simulator
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What a frontier needs of rounds and requests, by the shape of the keys.
@Suite struct FrontierSimulationTests {
  private static let width = 64
  private static let shapes: [KeyShape] = [.flat, .uuid, .dates, .deep, .skewed]

  /// Sizes for a table that takes minutes to make in a debug build.
  private static let isBench = ProcessInfo.processInfo.environment["S3AUDIT_BENCH"] != nil

  private func simulation(_ shape: KeyShape) -> FrontierSimulation {
    FrontierSimulation(keys: KeySpace(shape: shape, slots: 50_000, seed: 1), width: 8)
  }

  @Test(arguments: shapes)
  func firstCrawlKeepsSlotsBusyAtLittleCost(shape: KeyShape) throws {
    let simulation = simulation(shape)
    let first = try simulation.run()
    #expect(first.objects == 50_000)
    #expect(first.rounds <= 2 * simulation.ideal + 6)
    #expect(first.requests <= 50 * 8 / 5)
  }

  /// A page more than there are may be asked for where nobody knows how many there are; a multiple of
  /// them may not.
  @Test(
    arguments: shapes, [(1_000, 1), (1_500, 4), (2_500, 6), (4_000, 8), (9_000, 24), (20_000, 40)])
  func firstCrawlOfASmallBucketAsksLittle(shape: KeyShape, size: (slots: Int, requests: Int)) throws
  {
    let keys = KeySpace(shape: shape, slots: size.slots, seed: 1)
    let cost = try FrontierSimulation(keys: keys, width: 64).run()
    #expect(cost.objects == size.slots)
    #expect(cost.requests <= size.requests)
  }

  @Test(arguments: shapes)
  func crawlByMarksIsNearlyIdeal(shape: KeyShape) throws {
    let simulation = simulation(shape)
    let again = try simulation.run(marks: simulation.marks())
    #expect(again.objects == 50_000)
    #expect(again.rounds <= simulation.ideal + 3)
    #expect(again.requests <= 50 * 6 / 5)
  }

  @Test(.enabled(if: isBench, "set S3AUDIT_BENCH=1 to print the table of scripts/bench"))
  func printsTheTable() throws {
    for (shapes, slots) in [
      (Self.shapes, 1_500), (Self.shapes, 9_000), (Self.shapes, 120_000),
      (Self.shapes, 1_000_000), ([.flat, .dates], 6_000_000),
    ] {
      for shape in shapes {
        // As the numbers to meet were found: the splitting alone, with no limit to grow first.
        let simulation = FrontierSimulation(
          keys: KeySpace(shape: shape, slots: slots, seed: 1), width: Self.width,
          firstWidth: Self.width)
        print(line(shape, slots, "first", simulation, try simulation.run()))
        let marks = simulation.marks()
        print(line(shape, slots, "again", simulation, try simulation.run(marks: marks)))
      }
    }
  }

  private func line(
    _ shape: KeyShape, _ slots: Int, _ mode: String, _ simulation: FrontierSimulation,
    _ cost: FrontierSimulation.Cost
  ) -> String {
    "bench: frontier \(shape.rawValue) \(slots) \(mode) W=\(Self.width) ideal=\(simulation.ideal) "
      + "rounds=\(cost.rounds) requests=\(cost.requests) empty=\(cost.empty)"
  }
}
