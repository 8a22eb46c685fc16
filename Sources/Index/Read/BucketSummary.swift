package import Vocabulary

/// The state and age of the data behind an answer.
package struct Freshness: Equatable, Sendable {
  package var state: BucketState
  /// Every object written before this moment is in, unless the state is not complete.
  package var syncedAt: Timestamp?

  package init(state: BucketState, syncedAt: Timestamp?) {
    self.state = state
    self.syncedAt = syncedAt
  }

  /// The freshness of several buckets together, and of accounts that may have more of them.
  ///
  /// All of nothing is not complete: nobody has listed any of it. Where a list was read that is empty,
  /// that is known by other means.
  package init(of buckets: some Sequence<BucketSummary>, lacking gaps: [AccountGap] = []) {
    self.init(combining: buckets.map(\.freshness))
    if state == .complete, !gaps.isEmpty { state = .partial }
  }

  /// The common state, or `partial` when they differ, and the oldest moment that any of them has.
  init(combining parts: [Freshness]) {
    let states = Set(parts.map(\.state))
    state = states.count > 1 ? .partial : states.first ?? .never
    syncedAt = parts.compactMap(\.syncedAt).min()
  }
}

/// A prefix that was listed to its end since its bucket last was.
package struct ListedPrefix: Equatable, Sendable {
  package var prefix: Key
  package var freshness: Freshness
  /// The crawl that listed it.
  var crawlID: Int64
}

/// What tells a bucket from others of its name.
package struct BucketOrigin: Equatable, Sendable {
  /// What the views call its account; nil when none is known.
  package var account: String?
  /// Where it is: empty for AWS, the id of another partition of it, or the server's URL.
  package var endpoint: String
}

/// One bucket with its totals, all from rollups.
package struct BucketSummary: Equatable, Sendable {
  package var id: Int64
  package var name: String
  package var endpoint: String
  package var region: String?
  package var created: Timestamp?
  package var newestObject: Timestamp?
  package var freshness: Freshness
  package var error: String?
  /// The account that owns it or has read it; nil when nothing is known of that.
  package var account: IndexedAccount?
  /// In order of storage class name.
  package var classes: [ClassUsage]
  /// Those of its prefixes that are known better than the rest.
  var listed: [ListedPrefix] = []
  /// When all of it was last listed to the end, whatever was refused since; nil where it never was.
  package var whole: Timestamp?
  /// The crawls since then that did not come to their end, where it is not complete, in the order in which
  /// they began.
  var unfinished: [UnfinishedCrawl] = []
  /// The prefixes of which anything is known, where that is asked for and not so of the whole bucket; nil
  /// elsewhere.
  var told: [Key]?
  /// What is known beside its objects, where the question is about that.
  var other = OtherEntries()
  /// An object without a version id of its own that was written before this moment has the id `null`.
  var nullIDsBefore: Timestamp?

  package var objects: Int64 { classes.lazy.map(\.objects).saturatedSum() }
  package var bytes: Int64 { classes.lazy.map(\.bytes).saturatedSum() }

  package var origin: BucketOrigin { BucketOrigin(account: account?.name, endpoint: endpoint) }

  var usage: Usage { classes.reduce(into: Usage()) { $0 += $1.usage } }
}

/// Objects and bytes of one storage class.
package struct ClassUsage: Equatable, Sendable {
  package var storageClass: String
  package var objects: Int64
  package var bytes: Int64
  /// Those of fewer than 131,072 bytes among them.
  package var small: Usage

  package var usage: Usage { Usage(objects: objects, bytes: bytes) }

  init(storageClass: String, _ usage: Usage, small: Usage) {
    self.storageClass = storageClass
    (objects, bytes) = (usage.objects, usage.bytes)
    self.small = small
  }
}

/// A sum over objects.
///
/// What does not fit is as much as does.
package struct Usage: Equatable, Sendable {
  package var objects: Int64 = 0
  package var bytes: Int64 = 0

  package init(objects: Int64 = 0, bytes: Int64 = 0) {
    self.objects = objects
    self.bytes = bytes
  }

  var isZero: Bool { objects == 0 && bytes == 0 }

  package static func += (left: inout Usage, right: Usage) {
    left.objects = left.objects.plus(right.objects)
    left.bytes = left.bytes.plus(right.bytes)
  }

  static func - (left: Usage, right: Usage) -> Usage {
    Usage(objects: left.objects.minus(right.objects), bytes: left.bytes.minus(right.bytes))
  }

  /// Counts one more object.
  mutating func add(_ size: Int64) {
    objects += 1
    bytes = bytes.plus(size)
  }
}

/// One object of an answer.
package struct ObjectRow: Equatable, Sendable {
  package var bucket: String
  package var key: Key
  package var size: Int64
  package var lastModified: Timestamp
  package var etag: String
  package var storageClass: String
  package var freshness: Freshness
  package var origin: BucketOrigin
  /// Which version it is; nil where only objects were asked for.
  package var version: FoundVersion?
}
