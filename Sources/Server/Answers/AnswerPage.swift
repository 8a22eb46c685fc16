internal import Answers
internal import Index
internal import Report
internal import Vocabulary

/// One page of an answer, whole: its rows, how far they can be believed, and where the next one begins.
struct AnswerPage {
  var rows: [UInt8]
  var freshness: Freshness
  /// What is behind the answer and not complete.
  var incomplete: [IncompletePart]
  var next: String?
  var notes: [String]

  struct IncompletePart {
    var bucket: String?
    var account: String?
    var endpoint: String
    var freshness: Freshness
    var error: String?
  }

  /// Asks the index in one snapshot of it; nothing of that is open when this returns.
  static func of(
    _ question: Question, from reader: IndexReader, now: Timestamp
  ) throws -> AnswerPage {
    try reader.inSnapshot {
      let asked = question.askedAt.map { min($0, now) } ?? now
      let written = try Rows(question, from: reader, now: asked)
      let objects = try question.answer.filter.objects(now: asked)
      let reach = try reader.reach(of: objects)
      var notes = written.remarks.map { onOneLine($0) }
      notes += try warnings(objects, question.answer.filter, reader)
      let next = written.next.map {
        Cursor($0, askedAt: asked).text(question: question.identity)
      }
      return AnswerPage(
        rows: written.bytes, freshness: reach.freshness, incomplete: parts(reach), next: next,
        notes: notes)
    }
  }

  /// What the command says beside its rows.
  private static func warnings(
    _ objects: ObjectFilter, _ filter: Filter, _ reader: IndexReader
  ) throws -> [String] {
    var notes: [String] = []
    if objects.entries == .uploads {
      let count = try reader.uploadsOfUnknownBytes(objects).count
      if count > 0 { notes.append("how many bytes \(count) of the uploads hold is not known") }
    }
    let unknown = try reader.bucketsOfUnknownRegion(filter.buckets)
    if !unknown.isEmpty {
      notes.append("the region of \(unknown.count) buckets is not known; they are left out")
    }
    return notes
  }

  private static let partsMax = 1_000

  private static func parts(_ reach: IndexReader.Reach) -> [IncompletePart] {
    let buckets = reach.buckets.filter { $0.freshness.state != .complete }.map { bucket in
      IncompletePart(
        bucket: bucket.name, account: bucket.account?.name, endpoint: bucket.endpoint,
        freshness: bucket.freshness, error: bucket.error)
    }
    let accounts = reach.gaps.map { gap in
      IncompletePart(
        bucket: nil, account: gap.label, endpoint: gap.endpoint,
        freshness: Freshness(state: gap.state, syncedAt: gap.syncedAt), error: gap.error)
    }
    return Array((buckets + accounts).prefix(partsMax))
  }

  /// Remarks are lines for a terminal, each with what kind of remark it is.
  private static func onOneLine(_ remark: String) -> String {
    let text = remark.split(separator: "\n").joined(separator: "; ")
    // What names a command names its options too.
    return text.contains("s3audit ") ? text : optionsAsParameters(text)
  }
}

/// The rows of a page, and what was learnt while they were written.
private struct Rows {
  var bytes: [UInt8] = []
  var remarks: [String]
  var next: Cursor.Start?

  init(_ question: Question, from reader: IndexReader, now: Timestamp) throws {
    let format: OutputFormat =
      switch question.format {
      case .json: .json
      case .jsonl: .jsonl
      case .csv: .csv
      case .tsv: .tsv
      }
    let options = ReportOptions(format: format, encodesKeys: question.format == .json)
    let output = Output()
    var writer = ReportWriter(options: options, window: question.window) { output.append($0) }
    var isCut = false
    do {
      try question.answer.write(from: reader, now: now, to: &writer)
    } catch is RowWindow.End {
      isCut = true
    }
    if isCut {
      next = writer.lastPlace.map { .behind($0) } ?? writer.nextStart.map { .window($0) }
    }
    try writer.checkStart()
    remarks = writer.remarks
    try writer.finish()
    bytes = output.bytes
  }

  private final class Output {
    private(set) var bytes: [UInt8] = []

    /// A page of more than one piece gets memory for the largest one at once: what of it is not written is never made, and
    /// growing would copy a page several times.
    func append(_ piece: [UInt8]) {
      if !bytes.isEmpty { bytes.reserveCapacity(Self.bytesMax) }
      bytes += piece
    }

    /// Behind the last row that begins within a page's bytes there is its end, and an envelope.
    private static let bytesMax = Paging.bytesMax + (256 << 10)
  }
}
