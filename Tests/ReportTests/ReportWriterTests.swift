import Report
import Testing

@Suite struct ReportWriterTests {
  private struct Full: Error {}

  @Test(arguments: [OutputFormat.json, .jsonl, .csv, .tsv, .markdown, .table])
  func handsOverPiecesOfBoundedSize(format: OutputFormat) throws {
    final class Sizes { var bytes: [Int] = [] }
    let sizes = Sizes()
    var writer = ReportWriter(
      columns: [Column("key", .text)], options: ReportOptions(format: format)
    ) { sizes.bytes.append($0.count) }
    for number in 0..<20_000 { try writer.append([.text("a/key/of/some/length/\(number)")]) }
    try writer.finish()
    #expect(sizes.bytes.count > 5)
    #expect(sizes.bytes.dropLast().allSatisfy { $0 >= 64 << 10 && $0 < 66 << 10 })
  }

  @Test func passesOnWhatSinkThrows() {
    #expect(throws: Full.self) {
      let writer = ReportWriter(
        columns: [Column("key", .text)], options: ReportOptions(format: .csv)
      ) { _ in throw Full() }
      try writer.finish()
    }
  }

  @Test func callsSinkOnlyWhenThereIsSomething() throws {
    final class Calls { var count = 0 }
    let calls = Calls()
    let writer = ReportWriter(
      columns: [Column("key", .text)], options: ReportOptions(format: .jsonl)
    ) { _ in calls.count += 1 }
    try writer.finish()
    #expect(calls.count == 0)
  }
}
