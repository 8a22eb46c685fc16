internal import Report
internal import Signing
internal import Vocabulary

/// How a manifest is written.
///
/// ```
/// plain    key,version_id\n              photos/a.jpg,3sL4kqtJ…\n
/// full     bucket,key,version_id,size,etag,last_modified,storage_class\n  …
/// batch    holiday,photos/a%20b.jpg,3sL4kqtJ…\n     no header; S3 Batch Operations
/// legacy   photos/a.jpg,3sL4kqtJ…\r\n               no header; S3-Version-Utilities
/// ```
package enum ManifestFormat: String, CaseIterable, Sendable {
  /// Key and version id, as RFC 4180 quotes them.
  case plain
  /// All that the index knows of each version.
  case full
  /// `S3BatchOperations_CSV_20180820`: keys are percent-encoded but for their slashes, and each row has
  /// a version id, `null` spelled out (S3 User Guide, "Specifying a manifest").
  case batch
  /// That of S3-Version-Utilities, byte for byte: Python's `csv` with `\` for a quote.
  case legacy

  var columns: [ManifestColumn] {
    switch self {
    case .plain, .legacy: [.key, .versionID]
    case .full: ManifestColumn.allCases
    case .batch: [.bucket, .key, .versionID]
    }
  }

  /// Whether its lines name their buckets.
  package var namesBuckets: Bool { columns.contains(.bucket) }

  /// Whether a header begins a manifest of this form, unless it is left out.
  package var hasHeader: Bool { self == .plain || self == .full }

  /// What S3 Batch Operations wants to be told about the columns; nil for other forms.
  package var batchFields: String? { self == .batch ? "Bucket,Key,VersionId" : nil }

  /// The first line, with its end.
  package var header: [UInt8] {
    Array((columns.map(\.rawValue).joined(separator: ",") + "\n").utf8)
  }

  /// Appends the line of an entry, with its end.
  ///
  /// Keys are exact bytes, and nothing is put before a `=` for spreadsheets: it would name another key.
  package func append(_ entry: ManifestEntry, to output: inout [UInt8]) {
    for (index, column) in columns.enumerated() {
      if index > 0 { output.append(UInt8(ascii: ",")) }
      append(field(column, of: entry), to: &output)
    }
    if self == .legacy { output.append(UInt8(ascii: "\r")) }
    output.append(UInt8(ascii: "\n"))
  }

  private func append(_ field: [UInt8], to output: inout [UInt8]) {
    let quote = ManifestQuote.rfc.byte
    guard self == .legacy else {
      // What is not known is an empty field without quotes.
      if field.starts(with: byteOrderMark) {
        // Without quotes, a key that begins a file would lose it.
        output += [quote] + field.flatMap { $0 == quote ? [quote, quote] : [$0] } + [quote]
      } else if !field.isEmpty {
        output.appendCSVField(field.span, guardsFormulas: false)
      }
      return
    }
    let backslash = UInt8(ascii: "\\")
    guard field.contains(where: { [backslash, UInt8(ascii: ","), 0x0A, 0x0D].contains($0) }) else {
      output += field
      return
    }
    output.append(backslash)
    for byte in field {
      if byte == backslash { output.append(backslash) }
      output.append(byte)
    }
    output.append(backslash)
  }

  private func field(_ column: ManifestColumn, of entry: ManifestEntry) -> [UInt8] {
    switch column {
    case .bucket: Array((entry.bucket ?? "").utf8)
    case .key:
      self == .batch
        ? Array(URIEncoding.encode(entry.key.bytes, keepsSlash: true).utf8) : entry.key.bytes
    case .versionID: Array(entry.versionID.utf8)
    case .size: Array((entry.size.map { String($0) } ?? "").utf8)
    case .etag: Array((entry.etag ?? "").utf8)
    case .lastModified: Array((entry.lastModified?.iso8601 ?? "").utf8)
    case .storageClass: Array((entry.storageClass ?? "").utf8)
    }
  }
}
