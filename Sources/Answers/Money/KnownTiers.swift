internal import Costs
internal import Index
internal import Vocabulary

/// Where buckets' objects of INTELLIGENT_TIERING are, as far as CloudWatch said so lately.
struct KnownTiers {
  /// By bucket and state.
  private var tiers: [Int64: [StoredState: [AccessTier: StoredCell.Counted]]] = [:]
  /// The bytes that they are the tiers of.
  private var bytes: [Int64: [StoredState: Int64]] = [:]

  static let storageClass = "INTELLIGENT_TIERING"
  /// Figures that are older say nothing of today.
  private static let daysMax: Int64 = 3

  /// Of everything that is stored, `whole` being the same as a bill sees it.
  init(
    of stored: [StoredPart], _ whole: [PricedItem], _ properties: [Int64: BucketProperties],
    _ reader: IndexReader, now: Timestamp
  ) throws {
    let hasTiers = whole.contains(where: Self.isTiered)
    let unlisted = stored.filter {
      $0.mayHaveUnlistedVersions(properties[$0.bucket.id]?[.versioning]?.state)
    }
    self.init(
      whole, hasTiers ? try reader.estimates() : [], unlisted: Set(unlisted.map(\.bucket.id)),
      now: now)
  }

  /// `unlisted` are the buckets that may hold versions which were never listed: CloudWatch's bytes are theirs, too.
  init(
    _ whole: [PricedItem], _ estimates: [StoredEstimate], unlisted: Set<Int64>, now: Timestamp
  ) {
    let figures = Dictionary(grouping: estimates) {
      BucketAddress(endpoint: $0.endpoint, name: $0.bucket)
    }
    let items = Dictionary(grouping: whole.filter(Self.isTiered), by: \.bucket.id)
    for (id, items) in items where !unlisted.contains(id) {
      guard let bucket = items.first?.bucket,
        let split = Self.split(
          figures[BucketAddress(endpoint: bucket.endpoint, name: bucket.name)] ?? [], of: bucket,
          now: now)
      else { continue }
      let states = items.sorted { $0.state.rawValue < $1.state.rawValue }
      let shares = split.tiers(of: states.map(\.cell.bytes))
      for (item, share) in zip(states, shares) {
        tiers[id, default: [:]][item.state] = share
        bytes[id, default: [:]][item.state] = item.cell.bytes
      }
    }
  }

  /// The same with its tiers, where they are known.
  ///
  /// Of a part of a bucket nobody knows them; `isOfAll` says that versions and objects are counted together, for
  /// CloudWatch tells them not apart.
  func applied(to item: PricedItem, isOfAll: Bool) -> PricedItem {
    guard Self.isTiered(item), let known = bytes[item.bucket.id],
      known[item.state] == item.cell.bytes,
      isOfAll || known.values.count(where: { $0 > 0 }) == 1
    else { return item }
    var item = item
    item.cell.tiers = tiers[item.bucket.id]?[item.state]
    return item
  }

  /// Parts of uploads are billed as Frequent wherever the others are.
  static func isTiered(_ item: PricedItem) -> Bool {
    item.usage.storageClass == storageClass && item.state != .uploads
  }

  private static func split(
    _ estimates: [StoredEstimate], of bucket: BucketSummary, now: Timestamp
  ) -> TierSplit? {
    let own = estimates.filter { $0.region == nil || $0.region == bucket.region }
    let oldest = now.millisecondsSinceEpoch.minus((daysMax + 1) * 86_400_000)
    guard !own.isEmpty,
      own.allSatisfy({ estimate in
        estimate.state == .complete
          && (estimate.day.map { $0.millisecondsSinceEpoch > oldest } ?? false)
      })
    else { return nil }
    var figures: [StorageType: Int64?] = [:]
    for estimate in own {
      if let type = estimate.storageType { figures[StorageType(type)] = .some(estimate.value) }
    }
    return TierSplit(figures)
  }
}
