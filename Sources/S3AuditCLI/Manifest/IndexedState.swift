internal import Index
internal import Restore
internal import S3
internal import Vocabulary

/// What buckets held at a moment, as the index knows it.
struct IndexedState {
  private let reader: IndexReader
  private let filter: ObjectFilter
  private let time: Timestamp?
  private let excludes: [ObjectFilter.KeyPattern]

  /// Nil is now: the objects as of the last sync.
  init(
    _ reader: IndexReader, _ filter: ObjectFilter, at time: Timestamp?,
    excludes: [ObjectFilter.KeyPattern]
  ) {
    self.reader = reader
    self.filter = filter
    self.time = time
    self.excludes = excludes
  }

  /// What a scan found besides what it handed out.
  struct Found {
    /// Keys that may have held something else.
    var doubts = MomentDoubts()
    /// Objects whose version ids nobody knows.
    var unknown = MomentDoubts()
  }

  /// What is asked about, with how far it can be believed.
  func reach() throws -> IndexReader.Reach {
    var filter = filter
    filter.entries = time == nil ? .current : .noncurrent
    let reach = try reader.reach(of: filter)
    guard time == nil else { return reach }
    for bucket in reach.buckets where bucket.freshness.isUnknown {
      throw CommandFailure(
        message: "s3://\(bucket.name) was never listed",
        hint: "run 's3audit sync \(bucket.name)', or list it now with --live")
    }
    return reach
  }

  /// What lifecycle rules may have removed by the time of the listing, a rule a bucket.
  ///
  /// - Throws: `CommandFailure` where the index does not know what was there at the moment.
  func knowledge(of reach: IndexReader.Reach) throws -> [ExpiryNote] {
    guard let time else { return [] }
    let properties = try reader.properties()
    return try reader.versionReach(of: filter).compactMap { part in
      let listedAt = try Self.listing(part, at: time)
      return ExpiryNote(
        properties[part.bucket.id]?[.lifecycle], of: part.bucket.name, below: part.prefix, at: time,
        listedAt: listedAt)
    }
  }

  /// When the versions were listed that answer for a moment.
  private static func listing(_ part: VersionReach, at time: Timestamp) throws -> Timestamp {
    let place = "s3://\(part.bucket.name)/\(part.prefix.text)"
    let hint = "run 's3audit sync --versions', or list the bucket now with --live"
    guard let listedAt = part.freshness.syncedAt, !part.freshness.isUnknown else {
      throw CommandFailure(message: "the versions of \(place) were never listed", hint: hint)
    }
    guard time <= listedAt else {
      throw CommandFailure(
        message: "the versions of \(place) are known as of \(listedAt.iso8601), "
          + "and \(time.iso8601) is later", hint: hint)
    }
    if let plain = part.plainListing {
      throw CommandFailure(
        message: "the objects of \(place) were listed without their versions at \(plain.iso8601): "
          + "what they replaced since \(listedAt.iso8601) is not known", hint: hint)
    }
    return listedAt
  }

  /// Hands out what each key held, by bucket and key.
  func scan(_ body: (ManifestEntry) throws -> Void) throws -> Found {
    var found = Found()
    let test = ObjectTest(filter)
    var versions = filter.ofKeys
    versions.entries = .all
    var stack = OpenKey(at: time)
    try reader.find(versions, limit: nil) { bucket, object, key, etag in
      if stack.isNew(bucket.id, key) {
        if stack.isDoubtful { found.doubts.add(stack.key) }
        stack.begin(bucket.id, key, isExcluded: excludes.contains { $0.matches(key) })
      }
      guard stack.takes(object) else { return true }
      let isWanted = test.passes(
        size: object.size, lastModified: object.lastModified, storageClass: object.storageClass)
      guard isWanted else { return true }
      guard let id = object.version?.id else {
        found.unknown.add(stack.key)
        return true
      }
      try body(
        ManifestEntry(
          bucket: bucket.name, key: stack.key, versionID: id, size: object.size,
          etag: etag.isUnknownETag
            ? nil : etag.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) },
          lastModified: object.lastModified, storageClass: object.storageClass))
      return true
    }
    if stack.isDoubtful { found.doubts.add(stack.key) }
    return found
  }
}

/// The key that a scan is in.
private struct OpenKey {
  private let time: Timestamp?
  private var bucketID: Int64?
  private var bytes: [UInt8] = []
  private var search: MomentSearch
  private var isExcluded = true

  init(at time: Timestamp?) {
    self.time = time
    search = MomentSearch(at: time)
  }

  var key: Key { Key(bytes) }

  var isDoubtful: Bool { !isExcluded && search.mayBeOverwritten }

  func isNew(_ id: Int64, _ other: Span<UInt8>) -> Bool {
    guard id == bucketID, other.count == bytes.count else { return true }
    let own = bytes.span
    // From the end: neighbours differ there.
    return !own.indices.reversed().allSatisfy { own[$0] == other[$0] }
  }

  mutating func begin(_ id: Int64, _ key: Span<UInt8>, isExcluded: Bool) {
    bucketID = id
    bytes = key.withUnsafeBufferPointer { Array($0) }
    search = MomentSearch(at: time)
    self.isExcluded = isExcluded
  }

  /// Whether it is what the key held.
  mutating func takes(_ object: FoundObject) -> Bool {
    guard !isExcluded, !search.isDone, let version = object.version else { return false }
    return search.take(
      MomentSearch.Entry(
        versionID: version.id, isMarker: version.isMarker, isLatest: version.isLatest,
        lastModified: object.lastModified))
  }
}
