package import Index
internal import SQLite
package import TestSupport
package import Vocabulary

/// A version or a delete marker as the tests' models hold it.
package struct ModelVersion: Hashable {
  package var id: String
  package var isMarker: Bool
  /// Of a marker only the time counts.
  package var object: ModelObject

  package init(_ id: String, _ object: ModelObject = ModelObject()) {
    self.id = id
    isMarker = false
    self.object = object
  }

  package static func marker(
    _ id: String, at time: Timestamp = Timestamp(millisecondsSinceEpoch: 0)
  ) -> ModelVersion {
    var marker = ModelVersion(
      id, ModelObject(size: 0, lastModified: time, etag: "", storageClass: ""))
    marker.isMarker = true
    return marker
  }
}

/// What a bucket holds with its versions: each key's, newest first; the first is the latest.
package typealias Stacks = [Key: [ModelVersion]]

extension Stacks {
  /// What a listing of objects answers.
  package var contents: Contents {
    compactMapValues { stack in stack.first.flatMap { $0.isMarker ? nil : $0.object } }
  }

  /// What the index is to know after a listing of versions.
  package var known: Known {
    mapValues { stack in
      guard let first = stack.first, !first.isMarker else {
        let kinds: [Int64] = [2] + stack.dropFirst().map { $0.isMarker ? 1 : 0 }
        return KnownKey(
          others: zip(stack, kinds).map { KnownVersion(version: $0, kind: $1) })
      }
      return KnownKey(
        object: first.object, id: first.id,
        others: stack.dropFirst().map { KnownVersion(version: $0, kind: $0.isMarker ? 1 : 0) })
    }
  }

  package func below(_ prefix: Key) -> Stacks {
    filter { $0.key.bytes.starts(with: prefix.bytes) }
  }
}

/// What the index knows of a bucket's versions.
package typealias Known = [Key: KnownKey]

package struct KnownKey: Equatable {
  package var object: ModelObject?
  /// The version id of the object.
  package var id: String?
  package var others: [KnownVersion]

  package init(object: ModelObject? = nil, id: String? = nil, others: [KnownVersion] = []) {
    self.object = object
    self.id = id
    self.others = others
  }
}

package struct KnownVersion: Hashable {
  package var version: ModelVersion
  package var kind: Int64

  package init(version: ModelVersion, kind: Int64) {
    self.version = version
    self.kind = kind
  }
}

extension Known {
  package var contents: Contents { compactMapValues(\.object) }

  private var others: [(key: Key, version: ModelVersion)] {
    flatMap { known in known.value.others.map { (known.key, $0.version) } }
  }

  package var versionCount: Int64 { Int64(others.count) }

  /// By class; markers under no name.
  package var versionSums: [String: VersionSum] {
    others.reduce(into: [:]) {
      $0[$1.version.object.storageClass, default: VersionSum()].add($1.version)
    }
  }

  package func prefixVersionSums(depthMax: Int = 4) -> [Key: VersionSum] {
    others.reduce(into: [:]) { sums, other in
      let key = other.key.bytes
      for end in key.indices.filter({ key[$0] == UInt8(ascii: "/") }).prefix(depthMax) {
        sums[Key(Array(key[...end])), default: VersionSum()].add(other.version)
      }
    }
  }

  /// What becomes of it in a listing of objects below a prefix, where version ids of objects written
  /// before `bound` are still sure.
  package func listed(_ contents: Contents, below prefix: Key, idsHoldBefore bound: Timestamp?)
    -> Known
  {
    var after = self
    for key in Set(keys).union(contents.keys) where key.bytes.starts(with: prefix.bytes) {
      var known = self[key] ?? KnownKey()
      let object = contents[key]
      if object != known.object || object == nil {
        known.id = nil
      } else if let object, let bound, object.lastModified >= bound {
        known.id = nil
      }
      if object != nil, known.object == nil {
        known.others = known.others.map {
          KnownVersion(version: $0.version, kind: $0.kind == 2 ? 1 : $0.kind)
        }
      }
      known.object = object
      after[key] = known == KnownKey() ? nil : known
    }
    return after
  }
}

/// A sum over versions, as a rollup row holds it.
package struct VersionSum: Equatable {
  package var objects: Int64
  package var bytes: Int64
  package var markers: Int64

  package init(objects: Int64 = 0, bytes: Int64 = 0, markers: Int64 = 0) {
    self.objects = objects
    self.bytes = bytes
    self.markers = markers
  }

  fileprivate mutating func add(_ version: ModelVersion) {
    objects += version.isMarker ? 0 : 1
    bytes += version.object.size
    markers += version.isMarker ? 1 : 0
  }
}

// MARK: - Pages

extension ObjectPage {
  /// A page of whole keys; `marksLatest` is what some servers forget.
  package init(
    _ stacks: some Sequence<(key: Key, value: [ModelVersion])>, marksLatest: Bool = true
  ) {
    self.init()
    for (key, stack) in stacks {
      for (position, version) in stack.enumerated() {
        append(
          key: key, versionID: version.id, kind: version.isMarker ? .deleteMarker : .version,
          isLatest: marksLatest && position == 0, etag: version.object.etag,
          size: version.object.size, lastModified: version.object.lastModified,
          storageClass: version.object.storageClass)
      }
    }
  }
}

extension IndexWriter {
  package func beginVersions(_ bucket: String, prefix: Key = .start) throws -> CrawlPlan {
    try beginCrawl(
      of: BucketIdentity(endpoint: "", name: bucket), owner: nil, prefix: prefix,
      listsVersions: true, resumeAfter: Timestamp(millisecondsSinceEpoch: 0))
  }

  /// Lists what is left of every range of a plan, in turns, in pages of a few whole keys.
  package func list(
    _ stacks: Stacks, _ plan: CrawlPlan, syncID: Int64, _ random: inout SplitMix64,
    keysMax: Int = 8, pagesMax: Int = .max
  ) throws -> ChangeCounts {
    var counts = ChangeCounts()
    let listed = stacks.below(plan.prefix).sorted { $0.key < $1.key }
    var ranges = plan.ranges.filter { !$0.isDone }.map { (original: $0, cursor: $0.cursor) }
    var pages = 0
    while !ranges.isEmpty, pages < pagesMax {
      pages += 1
      let turn = random.below(ranges.count)
      let (range, after) = ranges[turn]
      let rest = listed.filter { entry in
        (entry.key > after || after.isStart) && (range.hi.map { entry.key <= $0 } ?? true)
      }
      let keys = rest.prefix(1 + random.below(keysMax))
      let isLast = keys.count == rest.count && !random.isOneIn(3)
      let through = isLast ? nil : keys.last?.key
      counts += try merge(
        PageCoverage(
          page: ObjectPage(keys, marksLatest: !random.isOneIn(5)), after: after, through: through),
        into: range, of: plan, syncID: syncID)
      if let through { ranges[turn].cursor = through } else { ranges.remove(at: turn) }
      if random.isOneIn(10) { try commit() }
    }
    return counts
  }

  /// One sync of one bucket's versions, from its beginning to its end.
  @discardableResult
  package func syncVersions(
    _ bucket: String, _ stacks: Stacks, prefix: Key = .start
  ) throws -> (syncID: Int64, counts: ChangeCounts, outcome: CrawlOutcome) {
    let syncID = try beginSync()
    let plan = try beginVersions(bucket, prefix: prefix)
    var random = SplitMix64(seed: 1)
    let counts = try list(stacks, plan, syncID: syncID, &random, keysMax: 500)
    let outcome = try finishCrawl(plan, outcome: .complete)
    try finishSync(syncID, state: .complete, requests: 1, retries: 0)
    return (syncID, counts, outcome)
  }
}

// MARK: - Rows

extension ScratchIndex {
  /// What the tables hold of a bucket, a key's versions in the order of their ranks.
  package func known(of bucket: String) throws -> Known {
    var known: Known = [:]
    let connection = try connection()
    let ids = try connection.all(
      """
      SELECT key, nullif(version_id, '') FROM object JOIN bucket ON bucket.id = bucket_id WHERE bucket.name = ?1
      """, .text(bucket)
    ) { (Key($0.bytes(at: 0)), $0.optionalString(at: 1)) }
    let contents = try contents(of: bucket)
    for (key, id) in ids { known[key] = KnownKey(object: contents[key], id: id) }
    let rows = try connection.all(
      """
      SELECT key, version_id, kind, size, last_modified_ms, etag,
        coalesce((SELECT name FROM storage_class WHERE id = storage_class_id), '')
      FROM object_version JOIN bucket ON bucket.id = bucket_id
      WHERE bucket.name = ?1 ORDER BY bucket_id, key, rank
      """, .text(bucket)
    ) { row in
      let object = ModelObject(
        size: row.int64(at: 3), lastModified: Timestamp(millisecondsSinceEpoch: row.int64(at: 4)),
        etag: row.string(at: 5), storageClass: row.string(at: 6))
      var version = ModelVersion(row.string(at: 1), object)
      version.isMarker = row.int64(at: 2) != 0
      return (Key(row.bytes(at: 0)), KnownVersion(version: version, kind: row.int64(at: 2)))
    }
    for (key, version) in rows { known[key, default: KnownKey()].others.append(version) }
    return known
  }

  /// The rows of `version_usage`, those without anything included; markers under no name.
  package func versionSums(of bucket: String) throws -> [String: VersionSum] {
    let rows = try connection().all(
      """
      SELECT coalesce((SELECT name FROM storage_class WHERE id = storage_class_id), ''), objects,
        bytes, markers
      FROM version_usage JOIN bucket ON bucket.id = bucket_id WHERE bucket.name = ?1
      """, .text(bucket)
    ) { row in
      (
        row.string(at: 0),
        VersionSum(objects: row.int64(at: 1), bytes: row.int64(at: 2), markers: row.int64(at: 3))
      )
    }
    return Dictionary(rows) { first, _ in first }
  }

  /// The rows of `prefix_version_usage`, those without anything included.
  package func prefixVersionSums(of bucket: String) throws -> [Key: VersionSum] {
    let rows = try connection().all(
      """
      SELECT prefix, objects, bytes, markers, depth
      FROM prefix_version_usage JOIN bucket ON bucket.id = bucket_id WHERE bucket.name = ?1
      """, .text(bucket)
    ) { row -> (Key, VersionSum) in
      let prefix = Key(row.bytes(at: 0))
      let depth = prefix.bytes.count { $0 == UInt8(ascii: "/") }
      // A row at a wrong depth shows up as a sum that no model has.
      guard row.int64(at: 4) == Int64(depth) else { return (prefix, VersionSum()) }
      return (
        prefix,
        VersionSum(objects: row.int64(at: 1), bytes: row.int64(at: 2), markers: row.int64(at: 3))
      )
    }
    return Dictionary(rows) { first, _ in first }
  }
}

// MARK: - Random stacks

extension SplitMix64 {
  /// A time of about when crawls begin, in seconds like those of AWS or finer.
  private mutating func time(about now: Timestamp) -> Timestamp {
    Timestamp(
      millisecondsSinceEpoch: now.millisecondsSinceEpoch
        - pick([3_600_000, 900_001, 900_000, 899_999, 1_000, 0]))
  }

  package mutating func version(about now: Timestamp) -> ModelVersion {
    let id = String(next(), radix: 36)
    if isOneIn(4) { return .marker(id, at: time(about: now)) }
    var object = object()
    object.lastModified = time(about: now)
    return ModelVersion(id, object)
  }

  /// Puts, deletes, expires, overwrites and mixes up versions; now and then everything goes.
  package mutating func mutate(_ stacks: inout Stacks, about now: Timestamp) {
    if isOneIn(12) { stacks = [:] }
    let share = pick([1, 2, 5, 1_000])
    for key in stacks.keys.sorted() where isOneIn(share) {
      var stack = stacks[key] ?? []
      for _ in 0...below(3) { mutate(&stack, about: now) }
      stacks[key] = stack.isEmpty ? nil : stack
    }
    for _ in 0..<below(pick([1, 5, 30])) {
      stacks[hostileKey(), default: []].insert(version(about: now), at: 0)
    }
  }

  private mutating func mutate(_ stack: inout [ModelVersion], about now: Timestamp) {
    switch below(9) {
    case 0, 1: stack.insert(version(about: now), at: 0)
    case 2:
      for _ in 0..<below(20) { stack.insert(version(about: now), at: 0) }
    case 3:
      // Versioning is suspended: the version without an id is written over.
      stack.removeAll { $0.id == "null" }
      var version = version(about: now)
      version.id = "null"
      stack.insert(version, at: 0)
    case 4: if !stack.isEmpty { stack.removeFirst() }
    case 5: if !stack.isEmpty { stack.remove(at: below(stack.count)) }
    case 6: stack.removeLast(below(stack.count + 1))
    case 7:
      guard !stack.isEmpty else { return }
      let position = below(stack.count)
      if !stack[position].isMarker { stack[position].object = object() }
    default:
      // The same id in another place, as of servers whose clocks differ; or new ones in between.
      if isOneIn(2) { stack.shuffle(using: &self) }
      stack.insert(version(about: now), at: below(stack.count + 1))
    }
  }
}
