package import Vocabulary

/// What became of an object between two listings; the raw values are the index's words.
package enum ChangeKind: String, CaseIterable, Sendable {
  case added, modified, removed
}

/// Where a question about the journal begins.
package enum JournalStart: Equatable, Sendable {
  /// Where the journal does.
  case beginning
  /// What was found at this moment or later.
  case moment(Timestamp)
  /// What was found after this sync had ended.
  case sync(Int64)
}

/// What changes are summed by.
package enum ChangeGrouping: String, CaseIterable, Sendable {
  case bucket, prefix, `class`
}

/// A question about what syncs found different.
///
/// Of an object that changed, it passes the filter as it was or as it is: `sizeMin`, `sizeMax` and the classes ask
/// for either. The journal keeps no times of objects, so the filter's times mean nothing here.
package struct ChangeQuestion: Sendable {
  package var filter: ObjectFilter
  package var start = JournalStart.beginning
  /// Any of these; none means all.
  package var kinds: Set<ChangeKind> = []
  /// Levels of prefixes, where it is summed by them.
  package var depth = 1
  /// Rows of the journal alone, not sums: those behind this one, in their order.
  package var after: JournalPlace?

  package init(_ filter: ObjectFilter) { self.filter = filter }
}

/// Where a row of the journal stands: a sync has one for each key.
package struct JournalPlace: Equatable, Sendable {
  package var sync: Int64
  package var bucket: BucketAddress
  package var key: Key

  package init(sync: Int64, bucket: BucketAddress, key: Key) {
    self.sync = sync
    self.bucket = bucket
    self.key = key
  }

  /// The part of a sync's run of keys that is behind it; nil where there is none.
  func rest(of run: BucketRun, inSync other: Int64) -> BucketRun? {
    guard other == sync else { return other > sync ? run : nil }
    let order = [Key(run.bucket.name), Key(run.bucket.endpoint)]
    let own = [Key(bucket.name), Key(bucket.endpoint)]
    guard order == own else { return own.lexicographicallyPrecedes(order) ? run : nil }
    var rest = run
    rest.keys.lower = max(run.keys.lower, key.successor)
    return rest
  }
}

/// One row of the journal, without its bucket and key.
package struct FoundChange: Equatable, Sendable {
  package var sync: Int64
  package var at: Timestamp
  package var kind: ChangeKind
  /// Nil where the object was not there.
  package var sizeBefore: Int64?
  package var sizeAfter: Int64?
  /// The same; nil also in rows from before classes were recorded.
  package var classBefore: Int64?
  package var classAfter: Int64?
}

/// A sum over changes.
///
/// What does not fit is as much as does; the change of bytes is exact as long as it fits itself.
package struct ChangeSums: Equatable, Sendable {
  package private(set) var added: Int64 = 0
  package private(set) var modified: Int64 = 0
  package private(set) var removed: Int64 = 0
  /// The sizes after of what was added or modified.
  package private(set) var bytesAdded: Int64 = 0
  /// The sizes before of what was removed or modified.
  package private(set) var bytesRemoved: Int64 = 0
  private var net = Int128(0)

  /// The bytes that came less those that went.
  package var bytesChange: Int64 { Int64(clamping: net) }

  package var isZero: Bool { self == ChangeSums() }

  package init() {}

  package static func += (left: inout ChangeSums, right: ChangeSums) {
    left.added = left.added.plus(right.added)
    left.modified = left.modified.plus(right.modified)
    left.removed = left.removed.plus(right.removed)
    left.bytesAdded = left.bytesAdded.plus(right.bytesAdded)
    left.bytesRemoved = left.bytesRemoved.plus(right.bytesRemoved)
    left.net += right.net
  }

  /// Counts one change of one object.
  mutating func add(_ change: FoundChange) {
    switch change.kind {
    case .added: added += 1
    case .modified: modified += 1
    case .removed: removed += 1
    }
    come(change.sizeAfter)
    go(change.sizeBefore)
  }

  /// Counts the half of a change by which an object came here from elsewhere.
  mutating func addArrival(_ size: Int64?) {
    added += 1
    come(size)
  }

  /// Counts the half of a change by which an object went from here to elsewhere.
  mutating func addDeparture(_ size: Int64?) {
    removed += 1
    go(size)
  }

  private mutating func come(_ size: Int64?) {
    guard let size else { return }
    bytesAdded = bytesAdded.plus(size)
    net += Int128(size)
  }

  private mutating func go(_ size: Int64?) {
    guard let size else { return }
    bytesRemoved = bytesRemoved.plus(size)
    net -= Int128(size)
  }
}

/// One sum of an answer about changes.
package struct ChangeRow: Sendable {
  /// Nil where the sum is over several.
  package var bucket: String?
  package var prefix: Key?
  /// Nil also for changes from before classes were recorded.
  package var storageClass: String?
  /// Nil where nothing was found, and the journal does not tell whether there was nothing.
  package var sums: ChangeSums?
  package var freshness: Freshness
  package var origin: BucketOrigin?
}

/// Why the journal does not tell all that changed in a part of a bucket since a moment.
package struct JournalGap: Equatable, Sendable {
  package enum Reason: Equatable, Sendable {
    /// It was listed for the first time since then, and a first listing makes no rows.
    case firstListed
    /// Rows that were too old are gone.
    case dropped
    /// It was not listed to its end since then.
    case notListed
  }

  package var bucket: BucketAddress
  /// Empty for all of it.
  package var prefix: Key
  package var reason: Reason
  /// From when on everything that was found is there; nil for not yet.
  package var since: Timestamp?
}
