package import Vocabulary

/// What is to be taken over, and what was said about it.
package struct InventoryRequest: Sendable {
  /// What the inventory is about.
  package enum Scope: Equatable, Sendable {
    /// Its configuration says so, where it can be read; where not, the keys do.
    case asConfigured
    case wholeBucket
    case prefix(Key)
  }

  /// Rows that come without a manifest.
  package struct Rows: Sendable {
    /// For messages.
    package var name: String
    package var schema: String
    /// The moment that they are of; nil for the latest time in them.
    package var created: Timestamp?
    /// The next bytes, none at the end.
    package var next: @Sendable () throws -> [UInt8]

    package init(
      name: String, schema: String, created: Timestamp?,
      next: @escaping @Sendable () throws -> [UInt8]
    ) {
      self.name = name
      self.schema = schema
      self.created = created
      self.next = next
    }
  }

  package enum Source: Sendable {
    /// The beginning of a folder's name chooses among dates; nil for the newest.
    case manifest(InventoryPlace, date: String?)
    case rows(Rows)
  }

  package var source: Source
  package var scope: Scope
  /// Whether an index that is newer is put back.
  package var isForced: Bool
  /// The server that the bucket is on: empty for AWS; nil where nobody said.
  package var endpoint: String?
  /// Where files and sorted rows wait.
  package var temporaryFolder: String

  package init(
    source: Source, scope: Scope, isForced: Bool, endpoint: String?, temporaryFolder: String
  ) {
    self.source = source
    self.scope = scope
    self.isForced = isForced
    self.endpoint = endpoint
    self.temporaryFolder = temporaryFolder
  }
}

/// What an import did.
package struct InventorySummary: Sendable {
  package var bucket: String
  package var prefix: Key
  /// The moment that it is of.
  package var created: Timestamp
  package var hasVersions: Bool
  /// Rows that were read; one that came several times counts as often.
  package var rows: Int64
  package var files: Int
  package var counts: ChangeCounts
  package var outcome: CrawlOutcome
}

/// What a person should know of an inventory that is taken over all the same.
package enum InventoryRemark: Equatable, Sendable {
  /// A newer one has no manifest yet.
  case beingWritten(date: String, used: String)
  /// Nobody can say whether the manifest is as it was written.
  case noChecksum(manifest: String)
  /// Nobody said whether it is of the whole bucket, of which it has no keys, or such that have a beginning in
  /// common.
  case takenForWhole(bucket: String, shared: Key?, reason: String)
  /// Likewise, and the index knows a part of the bucket alone: nothing is said of other keys.
  case takenForPart(bucket: String, shared: Key, reason: String)
  /// Its configuration of now says which keys it is about, and all that are in it have more in common than that:
  /// it may have been about those alone when it was made. One of the keys that are removed by that, if there are any.
  case believedConfiguration(
    bucket: String, prefix: Key, shared: Key?, created: Timestamp, removed: Key?)
  /// The rows say nowhere that they are all.
  case noEndMark(String)
  /// It says that it is of a moment which has yet to come, and is taken to be of now.
  case yetToCome(Timestamp)
  /// The moment is that of the latest row.
  case datedByRows(Timestamp)
  /// It has no ETags.
  case noETags
}
