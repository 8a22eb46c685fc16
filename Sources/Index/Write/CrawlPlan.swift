package import Vocabulary

/// A bucket as it is known before it is crawled: from ListBuckets, or just named by the user.
package struct BucketIdentity: Hashable, Sendable {
  /// Where the name is unique: empty for AWS, the id of another partition of it such as `aws-cn`, or
  /// the URL of another server.
  package var endpoint: String
  package var name: String
  package var region: String?
  package var created: Timestamp?

  package init(
    endpoint: String, name: String, region: String? = nil, created: Timestamp? = nil
  ) {
    self.endpoint = endpoint
    self.name = name
    self.region = region
    self.created = created
  }
}

/// What is to be listed of one bucket, and how far an earlier sync came.
package struct CrawlPlan: Sendable {
  package var crawlID: Int64
  package var bucketID: Int64
  /// Empty for the whole bucket.
  package var prefix: Key
  /// They tile the prefix's key space; finished ones included.
  package var ranges: [CrawlRange]
  package var startedAt: Timestamp
  package var isResumed: Bool
  /// Whether differences are recorded as changes: not on a first crawl, where all is new.
  package var isJournaled: Bool
  /// What the index holds of this bucket now: the measure of progress on a re-sync.
  package var objectsInIndex: Int64
  /// Keys that cut the prefix's key space into parts of about the same size, from the last complete
  /// crawl of it; none on a first one.
  package var marks: [KeyMark] = []
  /// Whether the server listed in the order of the keys when the bucket was last listed whole.
  package var isOrdered = true
  /// Whether versions are listed instead of objects: the latest of them are the objects.
  package var listsVersions = false
  /// Version ids in the index are those of objects that were last written before this moment.
  ///
  /// Nil where none is known. An object written later may have been written again after its versions
  /// were listed, in the same second.
  package var versionIDsHoldBefore: Timestamp?
  /// What the index holds of noncurrent versions and delete markers: with `objectsInIndex` the measure of
  /// progress where versions are listed.
  package var versionsInIndex: Int64 = 0
}

/// A key of an earlier crawl, with the number of objects after the mark before it and up to it.
package struct KeyMark: Equatable, Sendable {
  package var key: Key
  package var objects: Int64

  package init(key: Key, objects: Int64) {
    self.key = key
    self.objects = objects
  }
}

/// What a crawl tells the one that stores what it lists, in this order.
package enum CrawlStep: Sendable {
  /// The range that begins at `lo` ends at `at` from now on; a new one covers the rest of it.
  case split(lo: Key, at: Key)
  /// A page of a range.
  case merge(PageCoverage, into: CrawlRange)
  /// All ranges are given up for one that begins at the beginning.
  ///
  /// Where the server's listing has no order, what comes then was sorted here: the server cannot be
  /// asked for what follows a key of it.
  case restart(isOrdered: Bool)
}

/// A piece `(lo, hi]` of a bucket's key space with its checkpoint.
package struct CrawlRange: Equatable, Sendable {
  /// Exclusive; `Key.start` for the beginning.
  package var lo: Key
  /// Inclusive; nil for no end.
  package var hi: Key?
  /// The last key that has been merged.
  package var cursor: Key
  /// Objects listed in `(lo, cursor]`.
  package var objects: Int64
  package var isDone: Bool
  /// Noncurrent versions and delete markers listed in `(lo, cursor]`.
  package var versions: Int64 = 0

  package init(lo: Key, hi: Key?, cursor: Key, objects: Int64 = 0, isDone: Bool = false) {
    self.lo = lo
    self.hi = hi
    self.cursor = cursor
    self.objects = objects
    self.isDone = isDone
  }
}

/// One page, and the part of a range that it is the whole truth about.
package struct PageCoverage: Sendable {
  package var page: ObjectPage
  /// The page holds every key after this one.
  package var after: Key
  /// And up to and including this one; nil when it reaches the end of its range.
  package var through: Key?

  package init(page: ObjectPage, after: Key, through: Key?) {
    self.page = page
    self.after = after
    self.through = through
  }
}

/// How many objects a page, a crawl or a sync found, and what of them differed from the index.
package struct ChangeCounts: Equatable, Sendable {
  package var objects: Int64 = 0
  package var added: Int64 = 0
  package var changed: Int64 = 0
  package var removed: Int64 = 0
  /// Noncurrent versions and delete markers that were listed.
  package var versions: Int64 = 0

  package init(
    objects: Int64 = 0, added: Int64 = 0, changed: Int64 = 0, removed: Int64 = 0,
    versions: Int64 = 0
  ) {
    self.objects = objects
    self.added = added
    self.changed = changed
    self.removed = removed
    self.versions = versions
  }

  package static func += (left: inout ChangeCounts, right: ChangeCounts) {
    left.objects = left.objects.plus(right.objects)
    left.added = left.added.plus(right.added)
    left.changed = left.changed.plus(right.changed)
    left.removed = left.removed.plus(right.removed)
    left.versions = left.versions.plus(right.versions)
  }
}
