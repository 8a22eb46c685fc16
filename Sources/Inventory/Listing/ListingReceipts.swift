package import Vocabulary

/// The receipts that say which ranges of a bucket were listed, and what is in them.
package struct ListingReceipts: Sendable {
  /// A receipt with where it stands.
  package struct Entry: Sendable {
    package var receipt: RangeReceipt
    /// `FILE` or `FILE, line 3`.
    package var place: String
    /// Its keys below the prefix, with open ends where that ends.
    package var range: KeyRange
  }

  package let bucket: String
  package let prefix: Key
  /// In the order of their ranges, which have no keys in common.
  let entries: [Entry]
  let ranges: KeyRanges

  /// When the first of them was begun: everything that was written before is in the listing.
  package var started: Timestamp {
    entries.map(\.receipt.started).min() ?? Timestamp(millisecondsSinceEpoch: 0)
  }

  /// Reads receipts, one on each line; empty lines are none.
  ///
  /// - Throws: `ListingError` for what is no receipt, or does not go with the others.
  package init(_ files: [(name: String, text: [UInt8])]) throws(ListingError) {
    var found: [Entry] = []
    for file in files {
      let lines = file.text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      var isEmpty = true
      for (index, line) in lines.enumerated() {
        let text = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
        guard !text.isEmpty else { continue }
        isEmpty = false
        let place = lines.count > 2 ? "\(file.name), line \(index + 1)" : file.name
        found.append(try Self.entry(Array(text), at: place))
      }
      guard !isEmpty else { throw ListingError(.noReceipt(file: file.name)) }
    }
    guard let first = found.first else { throw ListingError(.noReceipts) }
    for other in found {
      if other.receipt.bucket != first.receipt.bucket {
        throw ListingError(.otherBucket(other.place, other.receipt.bucket, first.receipt.bucket))
      }
      if other.receipt.prefix != first.receipt.prefix {
        throw ListingError(.otherPrefix(other.place, other.receipt.prefix, first.receipt.prefix))
      }
    }
    entries = found.sorted { $0.range.lower < $1.range.lower }
    for (left, right) in zip(entries, entries.dropFirst())
    where left.range.upper.map({ $0 > right.range.lower }) ?? true {
      throw ListingError(.overlap(left, right))
    }
    guard let ranges = KeyRanges(entries.map(\.range)) else { throw ListingError(.noReceipts) }
    (bucket, prefix, self.ranges) = (first.receipt.bucket, first.receipt.prefix, ranges)
  }

  private static func entry(_ line: [UInt8], at place: String) throws(ListingError) -> Entry {
    let receipt: RangeReceipt
    do throws(RangeFields.Fault) {
      receipt = try RangeReceipt(RangeFields(parsing: line))
    } catch {
      throw ListingError(.badReceipt(place, error))
    }
    guard let range = receipt.range.within(receipt.prefix) else {
      throw ListingError(.outsidePrefix(place, receipt.range, receipt.prefix))
    }
    if let words = receipt.contradictions(in: range).first {
      throw ListingError(.unsoundReceipt(place, words))
    }
    guard !receipt.isGuarded else { throw ListingError(.guarded(place)) }
    guard BucketName.isOne(receipt.bucket.utf8) else {
      throw ListingError(.badReceipt(place, .unreadable("bucket")))
    }
    return Entry(receipt: receipt, place: place, range: range)
  }

  /// Which range a key is in; nil for none.
  ///
  /// The one that the key before was in is looked at first.
  func index(of key: Key, near last: Int) -> Int? {
    if entries[last].range.contains(key) { return last }
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].range.lower < key { low = middle + 1 } else { high = middle }
    }
    return low > 0 && entries[low - 1].range.contains(key) ? low - 1 : nil
  }
}
