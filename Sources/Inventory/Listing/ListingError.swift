package import Vocabulary

/// Why listings are not taken over; the index is as it was.
package struct ListingError: Error, CustomStringConvertible {
  package enum Kind {
    // What is wrong with receipts.
    case noReceipts
    case noReceipt(file: String)
    case badReceipt(String, RangeFields.Fault)
    case unsoundReceipt(String, String)
    case guarded(String)
    case otherBucket(String, String, String)
    case otherPrefix(String, Key, Key)
    case outsidePrefix(String, KeyRange, Key)
    case overlap(ListingReceipts.Entry, ListingReceipts.Entry)
    // What is wrong with files.
    case damaged(file: String)
    case noHeader(file: String)
    case badRow(file: String, line: Int64, RowFault)
    case outside(file: String, line: Int64, key: Key)
    /// Of a range, a file has something else than its receipt says.
    case differs(file: String, ListingReceipts.Entry, found: String, stated: String)
    case twice(file: String, other: String, ListingReceipts.Entry)
    case repeatedKey(Key)
    case noFile(ListingReceipts.Entry)
    // It does not belong into the index.
    case older(bucket: String, started: Timestamp, synced: Timestamp)
    case severalServers(name: String, endpoints: [String])
  }

  package var kind: Kind

  package init(_ kind: Kind) { self.kind = kind }

  package var description: String {
    switch kind {
    case .noReceipts: "no receipt says which ranges were listed"
    case .noReceipt(let file): "\(shown(file)) holds no receipt"
    case .badReceipt(let place, let fault): "\(shown(place)) is no receipt: \(fault)"
    case .unsoundReceipt(let place, let words):
      "the receipt \(shown(place)) contradicts itself: \(words)"
    case .guarded(let place):
      "the listing of \(shown(place)) has a ' before keys that a spreadsheet would run as formulas"
    case .otherBucket(let place, let name, let other):
      "\(shown(place)) is of the bucket \(shown(name)), and others are of \(shown(other))"
    case .otherPrefix(let place, let prefix, let other):
      "\(shown(place)) is of the prefix '\(shown(prefix.text))', and others are of '\(shown(other.text))'"
    case .outsidePrefix(let place, let range, let prefix):
      "\(shown(place)): no key of \(range.written) begins with '\(shown(prefix.text))'"
    case .overlap(let left, let right):
      "\(shown(left.place)) and \(shown(right.place)) have keys in common: \(left.receipt.range.written) and "
        + right.receipt.range.written
    case .damaged(let file):
      "\(shown(file)) cannot be decompressed: it is damaged, or cut short"
    case .noHeader(let file):
      "\(shown(file)) does not begin with '\(ListingReader.header)': it is no listing in CSV"
    case .badRow(let file, let line, let fault): "\(shown(file)), line \(line): \(fault)"
    case .outside(let file, let line, let key):
      "\(shown(file)), line \(line): the key '\(shown(key.text))' is in no range of a receipt"
    case .differs(let file, let entry, let found, let stated):
      "\(shown(file)) has \(found) of the range \(entry.receipt.range.written), and its receipt (\(shown(entry.place))) "
        + "says \(stated)"
    case .twice(let file, let other, let entry):
      "\(shown(file)) and \(shown(other)) both have keys of the range \(entry.receipt.range.written)"
    case .repeatedKey(let key): "the key '\(shown(key.text))' comes twice"
    case .noFile(let entry):
      "no file has the \(entry.receipt.objects) objects of \(shown(entry.place)), the range "
        + entry.receipt.range.written
    case .older(let bucket, let started, let synced):
      "what was listed of \(shown(bucket)) is of \(started.iso8601), and the index is newer: "
        + synced.iso8601
    case .severalServers(let name, let endpoints):
      "the index has buckets named \(shown(name)) on several servers: "
        + endpoints.map { $0.isEmpty ? "AWS" : shown($0) }.joined(separator: ", ")
    }
  }

  private func shown(_ text: String) -> String { text.escapingControls(scalarsMax: 500) }
}
