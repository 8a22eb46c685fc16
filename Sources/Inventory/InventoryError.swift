internal import Index
package import S3
package import Vocabulary

/// Why an inventory is not taken over; the index is as it was.
package struct InventoryError: Error, CustomStringConvertible {
  package enum Kind {
    // What is named is no inventory.
    case notThere(place: String)
    case noManifest(place: String)
    case noInventory(place: String, date: String?, beingWritten: [String])
    case badManifest(place: String, fault: InventoryManifest.Fault)
    case otherFormat(String, place: String)
    case missingColumns([String])
    /// A column that is used stands in the schema twice, so nobody knows which one is meant.
    case repeatedColumn(String)
    // Its files are not what they should be.
    case otherChecksum(file: String, stated: String, found: String)
    case missingFile(String)
    case otherSize(file: String, stated: Int64, found: Int64)
    case damaged(file: String)
    case denied(file: String, error: S3Error)
    case badRow(file: String, line: Int64, RowFault)
    case noRows
    /// Versions of so many keys come without the latest one.
    case noLatest(keys: Int64, first: Key)
    case tooManyBytes(bucket: String)
    /// It is of a moment before there was S3.
    case otherMoment(Timestamp)
    // It does not belong into the index.
    case older(bucket: String, created: Timestamp, synced: Timestamp)
    /// Nobody says which keys it is about: `outside` is one of the index that it may know nothing of.
    case unknownScope(bucket: String, shared: Key?, outside: Key, reason: String)
    case severalBuckets(name: String, endpoints: [String])
  }

  package var kind: Kind

  package init(_ kind: Kind) { self.kind = kind }

  package var description: String {
    switch kind {
    case .notThere(let place): "there is nothing at \(shown(place))"
    case .noManifest(let place):
      "\(shown(place)) is neither the manifest.json of an inventory nor a folder with one"
    case .noInventory(let place, let date, let beingWritten):
      "there is no inventory\(date.map { " of \(shown($0))" } ?? "") in \(shown(place))"
        + (beingWritten.isEmpty
          ? "" : ": \(shown(beingWritten[0])) has no manifest yet, and is being written")
    case .badManifest(let place, let fault):
      "\(shown(place)) is no manifest of an inventory: "
        + (fault.member.map { "it has no \($0) that can be used" } ?? "it is no JSON")
    case .otherFormat(let format, let place):
      "the inventory of \(shown(place)) is in \(shown(format)), which is not read here"
    case .missingColumns(let names):
      "the inventory has no column \(names.joined(separator: ", "))"
    case .repeatedColumn(let name): "the inventory has more than one column \(name)"
    case .otherChecksum(let file, let stated, let found):
      "\(shown(file)) is not what it was: its MD5 is \(found), and was \(shown(stated))"
    case .missingFile(let file): "\(shown(file)) is missing"
    case .otherSize(let file, let stated, let found):
      "\(shown(file)) has \(found) bytes, and had \(stated): it was cut short, or is another file"
    case .damaged(let file): "\(shown(file)) cannot be decompressed: it is damaged, or cut short"
    case .denied(let file, let error):
      "\(shown(file)) may not be read: \(error.isAboutKMS ? "its key in KMS is refused: " : "")\(error)"
    case .badRow(let file, let line, let fault): "\(shown(file)), line \(line): \(fault)"
    case .noRows: "there are no rows, so nobody knows of which bucket the inventory is"
    case .noLatest(let keys, let first):
      "\(keys) key\(keys == 1 ? " has" : "s have") versions and none that is the latest, such as "
        + "'\(shown(first.text))': rows are missing"
    case .tooManyBytes(let bucket):
      "the objects of \(shown(bucket)) would have more than \(BucketTooLarge.bytesMax) bytes together, which cannot be"
    case .otherMoment(let moment):
      "the inventory would be of \(moment.iso8601), when there was no S3"
    case .older(let bucket, let created, let synced):
      "the inventory of \(shown(bucket)) is of \(created.iso8601), and the index is newer: "
        + synced.iso8601
    case .unknownScope(let bucket, let shared, let outside, let reason):
      (shared.map { "all keys of the inventory begin with '\(shown($0.text))'" }
        ?? "the inventory has no keys")
        + ", and the index has others of \(shown(bucket)), such as '\(shown(outside.text))'"
        + ": nobody says whether it is about other keys of \(shown(bucket)) too (\(shown(reason)))"
    case .severalBuckets(let name, let endpoints):
      "the index has buckets named \(shown(name)) on several servers: "
        + endpoints.map { $0.isEmpty ? "AWS" : shown($0) }.joined(separator: ", ")
    }
  }

  private func shown(_ text: String) -> String { text.escapingControls(scalarsMax: 500) }
}

/// What is wrong with a row.
package enum RowFault: Error, Equatable, CustomStringConvertible {
  case columns(found: Int, expected: Int)
  case unclosedQuote
  /// Of rows that come without a checksum.
  case noLineEnd
  case bytesBehindQuote
  /// A CR without an LF behind it.
  case loneReturn
  case longRow
  // What whoever wrote the rows says of them (`RowMarks`).
  case noEndMark
  case otherCount(found: Int64, stated: Int64)
  case otherSchema(String)
  case unknownMark(String)
  case otherBucket(String, expected: String)
  case badEscape(key: String)
  case emptyKey
  case zeroInKey(key: String)
  case longKey(bytes: Int)
  case longText(column: String)
  case outsidePrefix(key: String, prefix: String)
  case value(column: String, text: String)
  case manyClasses

  package var description: String {
    switch self {
    case .columns(let found, let expected): "\(found) columns, and the schema has \(expected)"
    case .unclosedQuote: "a quote does not end: the file is cut short"
    case .noLineEnd: "the last row has no line end, so it may be cut short"
    case .bytesBehindQuote: "something stands between a quote and the comma behind it"
    case .loneReturn: "a carriage return stands alone: lines end with \\n or \\r\\n"
    case .longRow: "the row does not end"
    case .noEndMark: "the line '#end' is missing, so rows are missing, too"
    case .otherCount(let found, let stated):
      "\(found) rows came since the beginning, and '#end' says \(stated)"
    case .otherSchema(let names):
      "the rows have the columns '\(shown(names))', and another schema was named"
    case .unknownMark(let line): "'\(shown(line))' is neither a row nor '#schema' or '#end'"
    case .otherBucket(let name, let expected):
      "the row is of the bucket '\(shown(name))', and the inventory of '\(shown(expected))'"
    case .badEscape(let key): "a % in the key '\(shown(key))' is not followed by two digits"
    case .emptyKey: "the key is empty"
    case .zeroInKey(let key): "the key '\(shown(key))' holds a zero byte"
    case .longKey(let bytes): "the key has \(bytes) bytes, and S3's have 1,024 at most"
    case .longText(let column): "the \(column) is longer than any"
    case .outsidePrefix(let key, let prefix):
      "the key '\(shown(key))' does not begin with '\(shown(prefix))'"
    case .value(let column, let text): "'\(shown(text))' is no \(column)"
    case .manyClasses: "there are more than 256 storage classes"
    }
  }

  private func shown(_ text: String) -> String { text.escapingControls(scalarsMax: 200) }
}

extension S3Error {
  /// Whether the key of KMS that an object is encrypted with is what was refused, as far as the service says so.
  ///
  /// Its code is `AccessDenied` or one of KMS's; the message names the permission (KMS Developer Guide,
  /// "Troubleshooting").
  package var isAboutKMS: Bool {
    code?.hasPrefix("KMS.") == true || message?.contains("kms:") == true
  }
}
