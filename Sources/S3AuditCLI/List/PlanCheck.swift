internal import Vocabulary

/// `plan --check`: whether the ranges of plans or receipts are all of their buckets, each key once.
struct PlanCheck: Sendable {
  private let context: Context

  private static let chunkBytes = 1 << 20
  /// A line is a bucket's name and five keys, each escaped.
  private static let lineBytesMax = 1 << 16

  init(_ context: Context) {
    self.context = context
  }

  func run(_ paths: [String]) throws -> ExitStatus {
    var tiling = Tiling()
    for path in paths { try read(path, into: &tiling) }
    let findings = tiling.findings
    for finding in findings { try Terminal.writeOutput("\(finding)\n") }
    context.say("\(counted(Int64(tiling.count), "range")) read")
    return findings.isEmpty ? .done : .differences
  }

  private func read(_ path: String, into tiling: inout Tiling) throws {
    let file = try InputFile(path, context)
    var rest: [UInt8] = []
    var number = 0
    func checkLength(_ count: Int, ofLine line: Int) throws {
      guard count > Self.lineBytesMax else { return }
      throw CommandFailure(
        message: "line \(line) of \(file.name.escapingControls()) is no range: it is too long")
    }
    func add(_ line: ArraySlice<UInt8>) throws {
      number += 1
      try checkLength(line.count, ofLine: number)
      guard line.contains(where: { !" \t\r".utf8.contains($0) }) else { return }
      tiling.add(Array(line), at: Tiling.Place(file: path, line: number))
    }
    while true {
      if context.interrupt.isInterrupted { throw CancellationError() }
      let chunk = try file.next(bytesMax: Self.chunkBytes)
      guard !chunk.isEmpty else { break }
      rest += chunk
      let lines = rest.split(separator: 0x0A, omittingEmptySubsequences: false)
      for line in lines.dropLast() { try add(line) }
      rest = Array(lines.last ?? [])
      try checkLength(rest.count, ofLine: number + 1)
    }
    if !rest.isEmpty { try add(rest[...]) }
  }
}
