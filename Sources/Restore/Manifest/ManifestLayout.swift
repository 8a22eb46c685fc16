internal import Signing
internal import Vocabulary

/// Which columns a manifest has, and how a line of them becomes an entry.
struct ManifestLayout: Equatable {
  let columns: [ManifestColumn]
  /// Keys of manifests for S3 Batch Operations are percent-encoded.
  let isPercentEncoded: Bool
  /// Whether nobody can tell: S3 encodes the keys of lists whose columns it calls so, and these lists have no
  /// header.
  var mayBeEncoded = false

  /// The layout that a header names; nil when the line is no header.
  ///
  /// A line is a header when one of its fields is `key` and another `version_id`, or when all are names of
  /// columns, in any case: no version has such an id. S3's own names will do: `Bucket,Key,VersionId`.
  static func header(
    _ fields: [[UInt8]], path: String, line: Int
  ) throws(ManifestError) -> ManifestLayout? {
    var fields = fields
    if let first = fields.first, first.starts(with: byteOrderMark) {
      fields[0].removeFirst(byteOrderMark.count)
    }
    let names = fields.map { ManifestColumn.name(written: String(decoding: $0, as: UTF8.self)) }
    let needed = [ManifestColumn.key, .versionID]
    guard
      needed.allSatisfy({ names.contains($0.rawValue) })
        || names.allSatisfy({ ManifestColumn(rawValue: $0) != nil })
    else { return nil }
    var columns: [ManifestColumn] = []
    for name in names {
      guard let column = ManifestColumn(rawValue: name) else {
        throw ManifestError(.unknownColumn(name), path: path, line: line)
      }
      guard !columns.contains(column) else {
        throw ManifestError(.repeatedColumn(name), path: path, line: line)
      }
      columns.append(column)
    }
    for needed in needed where !columns.contains(needed) {
      throw ManifestError(.missingColumn(needed.rawValue), path: path, line: line)
    }
    var layout = ManifestLayout(columns: columns, isPercentEncoded: false)
    layout.mayBeEncoded =
      columns.contains(.bucket)
      && fields.contains { $0.elementsEqual("VersionId".utf8) }
    return layout
  }

  /// The layout of a manifest without a header, by how many columns it has.
  init?(columnCount: Int) {
    guard let format = Self.formats.first(where: { $0.columns.count == columnCount }) else {
      return nil
    }
    self.init(columns: format.columns, isPercentEncoded: format == .batch)
  }

  private static let formats: [ManifestFormat] = [.plain, .batch, .full]

  static let columnCounts = formats.map(\.columns.count)

  private init(columns: [ManifestColumn], isPercentEncoded: Bool) {
    self.columns = columns
    self.isPercentEncoded = isPercentEncoded
  }

  func entry(
    _ fields: [[UInt8]], path: String, line: Int
  ) throws(ManifestError) -> ManifestEntry {
    guard fields.count == columns.count else {
      throw ManifestError(
        .columnCount(fields.count, expected: [columns.count]), path: path, line: line)
    }
    var entry = ManifestEntry(line: line, key: .start, versionID: "")
    do {
      for (column, field) in zip(columns, fields) { try read(field, as: column, into: &entry) }
    } catch {
      throw ManifestError(error.kind, path: path, line: line)
    }
    return entry
  }

  /// Why a field cannot be what its column says.
  private struct Fault: Error {
    var kind: ManifestError.Kind
  }

  private func read(
    _ field: [UInt8], as column: ManifestColumn, into entry: inout ManifestEntry
  ) throws(Fault) {
    if column == .key {
      entry.key = try key(field)
      return
    }
    let text = String(decoding: field, as: UTF8.self)
    switch column {
    case .key: break
    case .versionID:
      guard Self.isVersionID(field) else { throw Fault(kind: .badVersionID(text)) }
      entry.versionID = text
    case .bucket:
      guard !field.isEmpty, field.allSatisfy(Self.isOfBucketNames) else {
        throw Fault(kind: .badBucket(text))
      }
      entry.bucket = text
    case .size:
      guard !field.isEmpty else { return }
      guard let size = Int64(text), size >= 0 else { throw Fault(kind: .badNumber(text)) }
      entry.size = size
    case .lastModified:
      guard !field.isEmpty else { return }
      guard let time = Timestamp(written: field) else { throw Fault(kind: .badTime(text)) }
      entry.lastModified = time
    case .etag: entry.etag = field.isEmpty ? nil : text
    case .storageClass: entry.storageClass = field.isEmpty ? nil : text
    }
  }

  private func key(_ field: [UInt8]) throws(Fault) -> Key {
    guard !field.isEmpty else { throw Fault(kind: .emptyKey) }
    var bytes = field
    guard !mayBeEncoded || !field.contains(UInt8(ascii: "%")) else {
      throw Fault(kind: .unclearEncoding)
    }
    if isPercentEncoded {
      guard isWholePercentEncoding(field) else { throw Fault(kind: .badPercentEncoding) }
      bytes = URIEncoding.decode(field)
    }
    guard bytes.count <= 1_024 else { throw Fault(kind: .keyTooLong) }
    return Key(bytes)
  }

  /// Whether each `%` has its two digits: what the service would refuse is refused here, too.
  private func isWholePercentEncoding(_ field: [UInt8]) -> Bool {
    field.indices.allSatisfy { index in
      field[index] != UInt8(ascii: "%")
        || (index + 2 < field.count
          && field[index + 1...index + 2].allSatisfy { Hexadecimal.value(ofDigit: $0) != nil })
    }
  }

  /// Access points have colons and slashes, and older buckets capitals and underscores.
  private static func isOfBucketNames(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: ".-_:/".utf8.contains(byte)
    }
  }

  /// Ids are opaque, and URL-ready text of at most 1,024 bytes (S3 User Guide, "Using versioning in S3
  /// buckets").
  static func isVersionID(_ field: [UInt8]) -> Bool {
    !field.isEmpty && field.count <= 1_024
      && field.allSatisfy {
        (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
          && $0 != UInt8(ascii: ",")
      }
  }
}
