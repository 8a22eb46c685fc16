package import Index
package import Vocabulary

/// A level as it was read from the index.
package struct ReadLevel: Sendable {
  package var place: Place
  /// The level that it is a row of; nil at the top.
  package var above: Place?
  /// The bucket that it is in; nil above buckets.
  package var bucket: BucketSummary?
  /// In the order of their names.
  package var rows: [Row]
  /// Of everything in it, rows or not; nil where it is not known.
  package var objects: Int64?
  package var bytes: Int64?
  /// Of all of it.
  package var freshness: Freshness
  /// Objects of its own that are not among the rows.
  package var objectsLeft: Int64
  /// Whether more of it is about to come: its objects are still looked for.
  package var isUnfinished = false
  /// When it was read.
  package var now: Timestamp

  package init(
    _ place: Place, above: Place?, bucket: BucketSummary? = nil, rows: [Row], objects: Int64?,
    bytes: Int64?, freshness: Freshness, objectsLeft: Int64 = 0, now: Timestamp
  ) {
    self.place = place
    self.above = above
    self.bucket = bucket
    self.rows = rows
    self.objects = objects
    self.bytes = bytes
    self.freshness = freshness
    self.objectsLeft = objectsLeft
    self.now = now
  }
}

/// What the rows of a level held some time ago.
package struct Growth: Equatable, Sendable {
  package var days: Int
  /// Bytes by what rows are called in their level, and buckets by their numbers, too.
  ///
  /// Nil where it is known only that something was there.
  package var before: [Subject: Int64?]
  /// What a row held of which `before` has nothing: nothing where the history has all of the level, nil where nobody
  /// knows.
  package var otherwise: Int64?

  package enum Subject: Hashable, Sendable {
    case bucket(Int64)
    case name([UInt8])
  }

  package init(days: Int, before: [Subject: Int64?] = [:], otherwise: Int64? = nil) {
    self.days = days
    self.before = before
    self.otherwise = otherwise
  }
}

/// What is told of one row, line by line.
package struct Facts: Equatable, Sendable {
  package struct Line: Equatable, Sendable {
    package var label: String
    /// Any bytes: they are escaped where they are shown.
    package var value: [UInt8]

    package init(_ label: String, _ value: [UInt8]) {
      self.label = label
      self.value = value
    }

    package init(_ label: String, _ value: String) { self.init(label, Array(value.utf8)) }
  }

  package var lines: [Line]
  /// Whether more is about to come.
  package var isUnfinished: Bool

  package init(_ lines: [Line], isUnfinished: Bool = false) {
    self.lines = lines
    self.isUnfinished = isUnfinished
  }
}
