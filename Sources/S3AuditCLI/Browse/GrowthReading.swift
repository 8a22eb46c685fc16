internal import Browse
internal import Index
internal import Vocabulary

/// Reads what the rows of a level held some days ago.
struct GrowthReading {
  private let reader: IndexReader
  private let index: BrowsedIndex

  init(_ reader: IndexReader, _ index: BrowsedIndex) {
    self.reader = reader
    self.index = index
  }

  func read(_ place: Place, days: Int) throws -> Growth {
    let moment = Timestamp(
      millisecondsSinceEpoch: index.now().millisecondsSinceEpoch - Int64(days) * 86_400_000)
    return try reader.inSnapshot {
      switch place {
      case .everything, .account: try buckets(at: moment, days)
      case .below(let address, let prefix):
        try prefixes(of: address, below: prefix, at: moment, days)
      }
    }
  }

  /// By the last complete crawl of each at or before the moment; those without one have none.
  private func buckets(at moment: Timestamp, _ days: Int) throws -> Growth {
    var growth = Growth(days: days)
    for bucket in try index.buckets(reader) {
      guard let point = try reader.point(of: bucket.id, notAfter: moment) else { continue }
      growth.before[.bucket(bucket.id)] = point.usage.bytes
    }
    return growth
  }

  private func prefixes(
    of address: BucketAddress, below prefix: Key, at moment: Timestamp, _ days: Int
  ) throws -> Growth {
    var growth = Growth(days: days)
    let bucket = try index.buckets(reader).first {
      $0.endpoint == address.endpoint && $0.name == address.name
    }
    guard prefix.isStart || prefix.bytes.last == UInt8(ascii: "/"), let bucket,
      let point = try reader.point(of: bucket.id, notAfter: moment)
    else { return growth }
    let past = try reader.pastPrefixes(of: bucket.id, below: prefix, at: point)
    guard past.isRecorded else { return growth }
    for child in past.prefixes {
      let name = Array(child.bytes.dropFirst(prefix.bytes.count))
      growth.before[.name(name)] = .some(past.usage(of: child)?.bytes)
    }
    // What was not there held nothing, if nothing was left out.
    growth.otherwise = point.hasAllPrefixes ? 0 : nil
    return growth
  }
}
