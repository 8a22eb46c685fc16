internal import SQLite
package import Vocabulary

/// Which objects a query is about.
///
/// Empty lists and nil leave that side open.
package struct ObjectFilter: Sendable {
  /// One thing that the user named: a pattern for bucket names, and a prefix in those buckets.
  package struct Scope: Equatable, Sendable {
    /// SQLite GLOB, matched against bucket names.
    package var bucketPattern: String
    /// A second pattern that the same names have to match.
    package var otherPattern: String?
    package var prefix: Key

    /// Whether it may mean buckets that are not known.
    package var isPattern: Bool { patterns.allSatisfy { $0.contains { "*?[".contains($0) } } }

    var patterns: [String] { [bucketPattern] + [otherPattern].compactMap(\.self) }

    package init(bucketPattern: String, prefix: Key = .start) {
      self.bucketPattern = bucketPattern
      self.prefix = prefix
    }

    /// What both mean; nil where no key has both prefixes.
    package func intersecting(_ other: Scope) -> Scope? {
      var scope = self
      if other.prefix.bytes.starts(with: prefix.bytes) {
        scope.prefix = other.prefix
      } else if !prefix.bytes.starts(with: other.prefix.bytes) {
        return nil
      }
      scope.otherPattern = other.bucketPattern
      return scope
    }
  }

  /// Any of these; none means every bucket.
  package var scopes: [Scope] = []
  /// Buckets of accounts that any of these patterns of GLOB fits, by number, owner, profile or
  /// server; none means every account.
  package var accounts: [String] = []
  /// Buckets in regions that any of these patterns of GLOB fits; none means every region.
  ///
  /// A region that is not known fits the empty pattern alone.
  package var regions: [String] = []
  /// A further limit on what the scopes name.
  package var prefix = Key.start
  /// SQLite GLOB over the whole key: `*` also matches `/`.
  package var keyGlob: String?
  package var keyMatches: KeyPattern?
  /// This key alone, byte by byte.
  package var keyExact: Key?
  package var sizeMin: Int64?
  /// Inclusive.
  package var sizeMax: Int64?
  package var modifiedFrom: Timestamp?
  /// Exclusive.
  package var modifiedBefore: Timestamp?
  /// By name; any of these, none means every class.
  package var storageClasses: [String] = []
  /// What passes it; it chooses uploads by the time they were begun, and by the bytes that are known.
  package var entries = Entries.current
  /// Objects behind this one alone, in the order of `IndexReader.find`, which no other question knows.
  package var after: EntryPlace?

  package init() {}

  /// Where an object or a version stands in the order of bucket, key and version.
  package struct EntryPlace: Equatable, Sendable {
    package var bucket: String
    package var endpoint: String
    package var key: Key
    /// Nil for an object; that of a version says which it is.
    package var rank: Int64?

    package init(bucket: String, endpoint: String, key: Key, rank: Int64? = nil) {
      self.bucket = bucket
      self.endpoint = endpoint
      self.key = key
      self.rank = rank
    }
  }

  /// Whether delete markers can pass, which have neither size nor class.
  package var passesMarkers: Bool { sizeMin == nil && sizeMax == nil && storageClasses.isEmpty }

  /// Whether anything is asked of single objects, beyond what the rollups know of a bucket or a
  /// class.
  package var looksAtObjects: Bool {
    keyGlob != nil || keyMatches != nil || keyExact != nil || sizeMin != nil || sizeMax != nil
      || modifiedFrom != nil
      || modifiedBefore != nil
  }

  /// The sizes that pass, when an object's size and key decide alone.
  var sizes: ClosedRange<Int64>? {
    let isDecisive =
      keyGlob == nil && keyMatches == nil && keyExact == nil && modifiedFrom == nil
      && modifiedBefore == nil
      && storageClasses.isEmpty
    let least = sizeMin ?? .min
    let most = sizeMax ?? .max
    return isDecisive && least <= most ? least...most : nil
  }

  /// A test that keys pass, compiled once.
  ///
  /// The closure must be quick and safe on hostile keys.
  package struct KeyPattern: Sendable {
    /// How long a key takes.
    package enum Effort: Sendable {
      /// So long as it is itself.
      case linear
      /// Nobody knows, as the pattern is too large for a machine of its own.
      case large
      /// Nobody knows, as what one part of the pattern finds decides what another may find.
      case irregular
    }

    package var text: String
    package var effort: Effort
    package var matches: @Sendable (Span<UInt8>) -> Bool

    package init(
      text: String, effort: Effort = .linear,
      matches: @escaping @Sendable (Span<UInt8>) -> Bool
    ) {
      self.text = text
      self.effort = effort
      self.matches = matches
    }
  }
}

/// The SQL of a filter's conditions on one run of keys of one bucket, or on all objects.
///
/// Parameters 1 to 3 are the bucket and the keys' bounds; the rest follow in the order of the
/// fragments, which are constants: no value is ever part of the text.
struct ObjectCondition {
  private var fragments = ""
  private var parameters: [SQLiteValue] = []
  private let entries: Entries
  private var showsMarkers = false

  static let globFunction = "s3audit_key_globs"
  static let regexFunction = "s3audit_key_matches"

  init(_ filter: ObjectFilter, storageClassIDs: [Int64]?) {
    entries = filter.entries
    if let key = filter.keyExact { add("key = ?", .text(key.bytes)) }
    if let bytes = filter.sizeMin { add("size >= ?", .integer(bytes)) }
    if let bytes = filter.sizeMax { add("size <= ?", .integer(bytes)) }
    if let from = filter.modifiedFrom {
      add("last_modified_ms >= ?", .integer(from.millisecondsSinceEpoch))
    }
    if let before = filter.modifiedBefore {
      add("last_modified_ms < ?", .integer(before.millisecondsSinceEpoch))
    }
    if let storageClassIDs {
      let parameters = storageClassIDs.map { id in parameter(for: .integer(id)) }
      fragments += " AND storage_class_id IN (\(parameters.joined(separator: ", ")))"
    }
    // Last: they cost the most.
    if filter.keyGlob != nil { fragments += " AND \(Self.globFunction)(key)" }
    if filter.keyMatches != nil { fragments += " AND \(Self.regexFunction)(key)" }
  }

  /// What follows WHERE to read one run, or for nil every object.
  ///
  /// Every object costs less without bounds: looking at each row for the end of a run takes SQLite
  /// a third of a scan's time.
  func sql(for run: BucketRun?) -> String {
    (run == nil ? "TRUE" : "bucket_id = ?1 AND key >= ?2 AND key < ?3") + fragments
  }

  /// The tables that hold what passes, each with its condition: of versions no markers, unless those are
  /// to be shown.
  func sources(for run: BucketRun?) -> [String] {
    let objects = "object\nWHERE \(sql(for: run))"
    let kinds = showsMarkers ? (entries == .all ? "" : " AND kind <> 2") : " AND kind = 0"
    let versions = "object_version\nWHERE \(sql(for: run))" + kinds
    return switch entries {
    case .current, .uploads: [objects]
    case .noncurrent: [versions]
    case .all: [objects, versions]
    }
  }

  /// The statement that reads what passes; in the order of keys, each key's newest first, where that is
  /// wanted.
  func select(_ columns: ScanColumns, inOrder: Bool, for run: BucketRun?) -> String {
    let sources = sources(for: run)
    switch entries {
    case .current, .uploads:
      return "SELECT \(columns.rawValue) FROM \(sources[0])" + (inOrder ? "\nORDER BY key" : "")
    case .noncurrent:
      return "SELECT \(columns.ofVersions) FROM \(sources[0])"
        + (inOrder ? "\nORDER BY key, rank" : "")
    case .all:
      // Null sorts first. Both halves are in the order of their primary keys, so that they are merged.
      return
        "SELECT \(columns.ofObjects), key AS place, NULL AS rank FROM \(sources[0])\nUNION ALL\n"
        + "SELECT \(columns.ofVersions), key, rank FROM \(sources[1])"
        + (inOrder ? "\nORDER BY place, rank" : "")
    }
  }

  /// The same condition, which delete markers pass too.
  func showingMarkers() -> ObjectCondition {
    var condition = self
    condition.showsMarkers = true
    return condition
  }

  func bind(_ run: BucketRun?, to statement: inout Statement) throws {
    if let run {
      try statement.bind(run.bucket.id, at: 1)
      try statement.bind(text: run.keys.lower.bytes, at: 2)
      try statement.bind(run.keys.upperBound, at: 3)
    }
    for (offset, value) in parameters.enumerated() {
      try statement.bind(value, at: Int32(offset + 4))
    }
  }

  /// This condition and one more, a fragment of SQL that ends in its parameter's `?`.
  func adding(_ fragment: String, _ value: SQLiteValue) -> ObjectCondition {
    var condition = self
    condition.add(fragment, value)
    return condition
  }

  private mutating func add(_ fragment: String, _ value: SQLiteValue) {
    fragments += " AND " + fragment.dropLast() + parameter(for: value)
  }

  private mutating func parameter(for value: SQLiteValue) -> String {
    parameters.append(value)
    return "?\(parameters.count + 3)"
  }
}

/// A contiguous run of keys of one bucket.
struct BucketRun {
  var bucket: BucketSummary
  var keys: KeyInterval

  var isWholeBucket: Bool { keys.lower.isStart && keys.upper == nil }
}
