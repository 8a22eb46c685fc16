import Answers
import Index
import IndexFixtures
import Report
import Vocabulary

/// Two buckets of a few objects.
func sampleIndex() async throws -> ScratchIndex {
  let index = try ScratchIndex()
  let writer = try index.writer()
  try await writer.sync(
    "logs",
    [
      Key("2025/a.gz"): ModelObject(size: 3, lastModified: days(400), etag: "e1"),
      Key("2026/b.gz"): ModelObject(
        size: 200_000, lastModified: days(2), etag: "e2", storageClass: "STANDARD_IA"),
      Key("2026/c"): ModelObject(size: 1, lastModified: days(2), etag: "e3"),
    ])
  try await writer.sync("media", [Key("x"): ModelObject(size: 7, lastModified: days(3))])
  return index
}

/// So long before the index was made.
private func days(_ count: Int64) -> Timestamp {
  Timestamp(
    millisecondsSinceEpoch: ScratchIndex.start.millisecondsSinceEpoch - count * 86_400_000)
}

private final class Pieces { var bytes: [UInt8] = [] }

/// What an answer says of an index, as a face would show it.
func answered(
  _ answer: some Answer, by index: ScratchIndex,
  _ options: ReportOptions = ReportOptions(format: .csv)
) throws -> String {
  let pieces = Pieces()
  let reader = try index.reader()
  try reader.inSnapshot {
    var writer = ReportWriter(options: options) { pieces.bytes += $0 }
    try answer.write(from: reader, now: index.now(), to: &writer)
    try writer.finish()
  }
  return String(decoding: pieces.bytes, as: UTF8.self)
}

/// What an answer says beside its rows, and whether it lacks some of what was asked for.
func said(
  _ answer: some Answer, by index: ScratchIndex
) throws -> (remarks: String, lacksRows: Bool) {
  var writer = ReportWriter(options: ReportOptions(format: .csv)) { _ in }
  try answer.write(from: index.reader(), now: index.now(), to: &writer)
  let said = (writer.remarks.joined(), writer.lacksRows)
  try writer.finish()
  return said
}

/// What has to be known beside an answer's rows.
func remarks(of answer: some Answer, by index: ScratchIndex) throws -> [String] {
  let reader = try index.reader()
  return try reader.inSnapshot {
    var writer = ReportWriter(options: ReportOptions(format: .csv)) { _ in }
    try answer.write(from: reader, now: index.now(), to: &writer)
    return writer.remarks
  }
}

/// The columns of an answer in CSV, without those of its freshness.
func cells(_ answer: some Answer, by index: ScratchIndex) throws -> [String] {
  try answered(answer, by: index).split(separator: "\n").map { line in
    line.split(separator: ",", omittingEmptySubsequences: false).prefix { field in
      !["state", "complete", "partial"].contains(field)
    }.joined(separator: ",")
  }
}
