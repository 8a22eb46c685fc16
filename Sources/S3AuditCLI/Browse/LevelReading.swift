internal import Browse
internal import Index
internal import Vocabulary

/// Reads a level of a browser from an index.
struct LevelReading {
  private let reader: IndexReader
  private let index: BrowsedIndex
  private let order: LevelOrder
  private let objectsMax: Int

  init(_ reader: IndexReader, _ index: BrowsedIndex, _ order: LevelOrder, objectsMax: Int) {
    self.reader = reader
    self.index = index
    self.order = order
    self.objectsMax = objectsMax
  }

  func read(_ place: Place, _ send: (Reply) -> Void) throws {
    switch place {
    case .everything: send(.level(try reader.inSnapshot { try everything() }))
    case .account(let account): send(.level(try reader.inSnapshot { try buckets(of: account) }))
    case .below(let address, let prefix): try below(address, prefix, send)
    }
  }
}

// MARK: - Accounts and buckets

extension LevelReading {
  private func everything() throws -> ReadLevel {
    let buckets = try index.buckets(reader)
    var filter = ObjectFilter()
    if index.bucketPattern != "*" { filter.scopes = [.init(bucketPattern: index.bucketPattern)] }
    let gaps = try reader.reach(of: filter).gaps
    let rows = buckets.hasAccounts ? accounts(buckets, gaps) : buckets.map { row($0) }
    return level(.everything, above: nil, rows, of: buckets, lacking: gaps)
  }

  private func buckets(of account: AccountPlace) throws -> ReadLevel {
    let buckets = try index.buckets(reader).filter { $0.accountPlace == account }
    guard !buckets.isEmpty else {
      throw CommandFailure(message: "the index has no bucket of \(account.label) any more")
    }
    return level(.account(account), above: .everything, buckets.map { row($0) }, of: buckets)
  }

  private func level(
    _ place: Place, above: Place?, _ rows: [Row], of buckets: [BucketSummary],
    lacking gaps: [AccountGap] = []
  ) -> ReadLevel {
    let known = buckets.filter { !$0.freshness.isUnknown }
    return ReadLevel(
      place, above: above, rows: rows,
      objects: known.isEmpty ? nil : known.lazy.map(\.objects).saturatedSum(),
      bytes: known.isEmpty ? nil : known.lazy.map(\.bytes).saturatedSum(),
      freshness: Freshness(of: buckets, lacking: gaps), now: index.now())
  }

  private func row(_ bucket: BucketSummary) -> Row {
    let isKnown = !bucket.freshness.isUnknown && !bucket.isUnseen
    return Row(
      .bucket(bucket), name: Array(bucket.name.utf8), objects: isKnown ? bucket.objects : nil,
      bytes: isKnown ? bucket.bytes : nil, modified: bucket.newestObject)
  }

  /// A row for each account that has buckets, and for each whose list of buckets could not be read.
  private func accounts(_ buckets: [BucketSummary], _ gaps: [AccountGap]) -> [Row] {
    let groups = Dictionary(grouping: buckets, by: \.accountPlace)
    var rows = groups.map { account, buckets in
      let own = gaps.filter {
        $0.endpoint == account.endpoint && $0.account == buckets[0].account?.name
      }
      let sum = level(.account(account), above: .everything, [], of: buckets, lacking: own)
      return Row(
        .account(account, sum.freshness), name: Array(account.label.utf8), objects: sum.objects,
        bytes: sum.bytes, modified: buckets.compactMap(\.newestObject).max())
    }
    for gap in gaps where !buckets.contains(where: { $0.account?.name == gap.account }) {
      let account = AccountPlace(id: nil, endpoint: gap.endpoint, label: gap.label)
      rows.append(
        Row(
          .account(account, Freshness(state: gap.state, syncedAt: gap.syncedAt)),
          name: Array(gap.label.utf8), objects: nil, bytes: nil))
    }
    return rows.sorted { $0.name.lexicographicallyPrecedes($1.name) }
  }
}

extension [BucketSummary] {
  /// Whether they are of more than one account.
  fileprivate var hasAccounts: Bool { Set(map(\.accountPlace)).count > 1 }
}

extension BucketSummary {
  var accountPlace: AccountPlace {
    let profile = account?.identity.profile.map { " (\($0))" } ?? ""
    let name = account.map { $0.name + profile } ?? "no known account"
    return AccountPlace(
      id: account?.id, endpoint: endpoint,
      label: endpoint.isEmpty ? name : "\(name) at \(endpoint)")
  }

  /// Whether nothing of it was ever listed to an end, and nothing is there: then nobody knows that it is empty.
  fileprivate var isUnseen: Bool {
    freshness.state != .complete && freshness.syncedAt == nil && objects == 0
  }
}

// MARK: - Prefixes and objects

extension LevelReading {
  private func below(_ address: BucketAddress, _ prefix: Key, _ send: (Reply) -> Void) throws {
    let (bucket, above, kept) = try reader.inSnapshot {
      let buckets = try index.buckets(reader)
      guard
        let bucket = buckets.first(where: {
          $0.endpoint == address.endpoint && $0.name == address.name
        })
      else { throw CommandFailure(message: "the index has no bucket \(address.name) any more") }
      let above: Place = buckets.hasAccounts ? .account(bucket.accountPlace) : .everything
      return (bucket, above, try reader.keptLevel(of: bucket, below: prefix))
    }
    var level = ReadLevel(
      .below(address, prefix), above: Place.below(address, prefix).above(bucketsIn: above),
      bucket: bucket, rows: [], objects: nil, bytes: nil,
      freshness: bucket.freshness(below: prefix), now: index.now())
    guard !level.freshness.isUnknown else { return send(.level(level)) }
    guard let kept else {
      let scanned = try reader.scanLevel(
        of: bucket, below: prefix, order, limit: objectsMax,
        counted: { send(.counted($0)) })
      let below = scanned.children.reduce(into: scanned.own) { $0 += $1.usage }
      level.fill(scanned.children, below, own: scanned.own.objects, scanned.objects)
      return send(.level(level))
    }
    let own = max(0, kept.own.objects)
    level.fill(kept.children, kept.total, own: own, [])
    level.isUnfinished = own > 0
    send(.level(level))
    guard own > 0 else { return }
    let objects = try reader.levelObjects(
      of: bucket, below: prefix, beside: kept.children, own: own, order, limit: objectsMax,
      counted: { send(.counted($0)) })
    level.fill(kept.children, kept.total, own: own, objects)
    level.isUnfinished = false
    send(.level(level))
  }
}

extension ReadLevel {
  /// Takes in what is below its prefix: children and objects, each in the order of keys, are merged.
  fileprivate mutating func fill(
    _ children: [LevelChild], _ total: Usage, own: Int64, _ found: [ObjectRow]
  ) {
    guard case .below(_, let prefix) = place else { return }
    let start = prefix.bytes.count
    objects = total.objects
    bytes = total.bytes
    objectsLeft = max(0, own - Int64(found.count))
    rows = []
    rows.reserveCapacity(children.count + found.count)
    var next = found[...]
    for child in children {
      while let object = next.first, object.key < child.prefix {
        rows.append(Row(object, from: start))
        next.removeFirst()
      }
      rows.append(
        Row(
          .prefix, name: Array(child.prefix.bytes[start...]), objects: child.usage.objects,
          bytes: child.usage.bytes, modified: child.newest))
    }
    rows += next.map { Row($0, from: start) }
  }
}

extension Row {
  fileprivate init(_ object: ObjectRow, from start: Int) {
    self.init(
      .object(storageClass: object.storageClass), name: Array(object.key.bytes[start...]),
      objects: 1, bytes: object.size, modified: object.lastModified)
  }
}
