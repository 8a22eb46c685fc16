import Report
import Vocabulary

/// Everything a writer hands to its sink.
func written(
  _ columns: [Column], _ rows: [[Value]], _ options: ReportOptions, totals: [Value]? = nil,
  notes: [String] = []
) throws -> [UInt8] {
  final class Pieces { var bytes: [UInt8] = [] }
  let pieces = Pieces()
  var writer = ReportWriter(columns: columns, options: options) { pieces.bytes += $0 }
  for row in rows { try writer.append(row) }
  writer.totals = totals
  writer.notes = notes
  try writer.finish()
  return pieces.bytes
}

func text(
  _ columns: [Column], _ rows: [[Value]], _ options: ReportOptions, totals: [Value]? = nil,
  notes: [String] = []
) throws -> String {
  String(
    decoding: try written(columns, rows, options, totals: totals, notes: notes), as: UTF8.self)
}

let sampleColumns = [
  Column("bucket", .text), Column("objects", .count), Column("size_bytes", .bytes, title: "Size"),
  Column("cost", .real), Column("last_modified", .timestamp), Column("is_public", .boolean),
  Column("key", .key),
]

let sampleRows: [[Value]] = [
  [
    .text("logs"), .integer(1_234_567), .bytes(1_610_612_736), .real(1234.5),
    .timestamp(
      Timestamp(year: 2026, month: 11, day: 20, hour: 1, minute: 2, second: 3, millisecond: 45)),
    .boolean(false), .key(Array("2026/é.gz".utf8)),
  ],
  [.text("写真"), .integer(-5), .bytes(0), .real(0.005), .null, .null, .null],
]
