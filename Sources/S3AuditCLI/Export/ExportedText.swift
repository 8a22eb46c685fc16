internal import Compression
internal import Migrations
internal import Report
internal import SQLite
internal import Signing
internal import System

/// One view's rows as compressed lines.
final class ExportedText {
  private let view: SchemaManual.View
  private var writer: ReportWriter?
  private let output: CompressedFile
  private(set) var rows: Int64 = 0

  init(_ view: SchemaManual.View, _ format: ExportFormat, file: WritableFile) {
    self.view = view
    let output = CompressedFile(file)
    self.output = output
    let options = ReportOptions(
      format: format == .csv ? .csv : .jsonl, guardsFormulas: false, encodesKeys: true)
    writer = ReportWriter(columns: view.columns.map(Self.column), options: options) {
      try output.write($0)
    }
  }

  private static func column(_ column: SchemaManual.Column) -> Column {
    let kind: Column.Kind =
      column.isInteger ? .number : ["key", "prefix"].contains(column.name) ? .key : .text
    return Column(column.name, kind)
  }

  func append(_ row: borrowing Statement) throws {
    for place in 0..<row.columnCount {
      if row.isNull(at: place) {
        writer?.add(.null)
      } else if view.columns[Int(place)].isInteger {
        writer?.add(.integer(row.int64(at: place)))
      } else {
        row.withText(at: place) { writer?.add(text: $0) }
      }
    }
    try writer?.endRow()
    rows += 1
  }

  /// - Returns: the file's length, and its SHA-256 in hex.
  func finish() throws -> (bytes: Int64, sha256: String) {
    try writer.take()?.finish()
    return try output.finish()
  }
}

/// A file that is compressed as it is written, and digested.
private final class CompressedFile {
  private let file: WritableFile
  private let gzip = GzipStream()
  private var digest: RunningDigest? = RunningDigest(.sha256)
  private var length: Int64 = 0

  init(_ file: WritableFile) {
    self.file = file
  }

  func write(_ bytes: [UInt8]) throws { try put(gzip.append(bytes)) }

  func finish() throws -> (bytes: Int64, sha256: String) {
    try put(gzip.finish())
    return (length, Hexadecimal.text(digest.take()?.finish() ?? []))
  }

  private func put(_ bytes: [UInt8]) throws {
    try file.write(bytes, at: length)
    digest?.update(bytes)
    length += Int64(bytes.count)
  }
}
