internal import Answers
internal import Browse
internal import Index
internal import Report
internal import Vocabulary

/// Tells the facts of one row: what it is, what it holds by class and age, and what that costs.
struct FactsReading {
  private let reader: IndexReader
  private let index: BrowsedIndex

  init(_ reader: IndexReader, _ index: BrowsedIndex) {
    self.reader = reader
    self.index = index
  }

  func read(_ subject: Request.Subject, _ send: (Reply) -> Void) throws {
    switch subject {
    case .object(let address, let key):
      send(.facts(Facts(try object(address, key))))
    case .place(.below(let address, let prefix)): try below(address, prefix, send)
    case .place(.account(let account)):
      send(.facts(Facts([Facts.Line("account", account.label)])))
    case .place(.everything): send(.facts(Facts([])))
    }
  }

  private func object(_ address: BucketAddress, _ key: Key) throws -> [Facts.Line] {
    let bucket = try bucket(address)
    var found: ObjectRow?
    let rows = try reader.levelObjects(
      of: bucket, below: key, beside: [], own: 1, .key, limit: 1, counted: { _ in })
    if let row = rows.first, row.key == key { found = row }
    guard let found else { throw CommandFailure(message: "the index has no such object any more") }
    return lines(of: bucket, below: key) + [
      Facts.Line("size", bytesText(found.size)),
      Facts.Line("class", found.storageClass),
      Facts.Line("modified", found.lastModified.iso8601),
      Facts.Line("age", age(since: found.lastModified)),
      Facts.Line("ETag", found.etag),
    ]
  }

  /// What is known at once comes first; ages are read object by object.
  private func below(
    _ address: BucketAddress, _ prefix: Key, _ send: (Reply) -> Void
  ) throws {
    let bucket = try bucket(address)
    let freshness = bucket.freshness(below: prefix)
    var known = lines(of: bucket, below: prefix)
    if prefix.isStart { known += ofBucket(bucket) }
    guard !freshness.isUnknown else { return send(.facts(Facts(known))) }
    send(.facts(Facts(known, isUnfinished: true)))
    let holdings = try reader.inSnapshot {
      try PlaceHoldings(reader, of: bucket, below: prefix, now: index.now())
    }
    send(.facts(Facts(known + holdings.lines.map { Facts.Line($0.label, $0.text) })))
  }

  private func lines(of bucket: BucketSummary, below prefix: Key) -> [Facts.Line] {
    let freshness = bucket.freshness(below: prefix)
    var lines = [
      Facts.Line("address", Array("s3://\(bucket.name)/".utf8) + prefix.bytes),
      Facts.Line("state", freshness.state.rawValue),
      Facts.Line(
        "synced", freshness.syncedAt.map { "\($0.iso8601), \(age(since: $0)) ago" } ?? "never"),
    ]
    if freshness.state != .complete, let error = bucket.error {
      lines.append(Facts.Line("error", error))
    }
    return lines
  }

  private func ofBucket(_ bucket: BucketSummary) -> [Facts.Line] {
    var lines = [
      Facts.Line("region", bucket.region ?? "–"),
      Facts.Line("account", bucket.account?.name ?? "–"),
      Facts.Line("created", bucket.created?.iso8601 ?? "–"),
      Facts.Line("modified", bucket.newestObject?.iso8601 ?? "–"),
    ]
    if !bucket.endpoint.isEmpty { lines.append(Facts.Line("endpoint", bucket.endpoint)) }
    return lines
  }

  private func bucket(_ address: BucketAddress) throws -> BucketSummary {
    guard
      let bucket = try index.buckets(reader).first(where: {
        $0.endpoint == address.endpoint && $0.name == address.name
      })
    else { throw CommandFailure(message: "the index has no bucket \(address.name) any more") }
    return bucket
  }

  private func age(since moment: Timestamp) -> String {
    ageText(index.now().millisecondsSinceEpoch.minus(moment.millisecondsSinceEpoch))
  }

  private func bytesText(_ count: Int64) -> String {
    count < 1_024
      ? ByteUnit.auto.text(count) : "\(ByteUnit.auto.text(count)) (\(groupedDecimal(count)) B)"
  }
}
