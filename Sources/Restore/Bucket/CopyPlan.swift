internal import S3
internal import SQLite
internal import Vocabulary

/// What is wanted of a target, key after key, with what is remembered of it; and the keys that are not.
///
/// It owns all tables on disk of a restore into a bucket, and works on a queue of its own.
actor CopyPlan {
  /// A version, and where it goes.
  struct Wish: Sendable {
    var entry: ManifestEntry
    var source: ObjectAddress
    var target: ObjectAddress
    /// What an earlier restore has put there.
    var record: CopyRecord?
    /// What a listing shows there now.
    var seen = TargetObject.unknown
    /// How it stands, where it has to be waited for.
    var held: ArchivedVersion?
  }

  private let executor = SerialQueueExecutor(label: "copy-plan")
  private let wanted: WantedFiles
  private let records: CopyRecords
  private let bucket: String
  private let target: CopyTarget
  private let others: OtherKeys?
  private let now: @Sendable () -> Timestamp
  private var turn: BucketTurn?
  private var position = Key.start
  /// Uploads that this restore has begun and not ended.
  private(set) var ownUploads: [CopyUpload] = []
  /// Keys to which an upload is being begun, with those that were there before.
  private(set) var expected: [ObjectAddress: Set<String>] = [:]

  /// Where an earlier restore has perhaps begun an upload that is not there yet.
  private var lookedFor: Set<ObjectAddress> = []

  nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  /// `notesKeys` says whether `note` will ask what is not wanted.
  init(
    _ wanted: consuming sending WantedFiles, records: consuming sending CopyRecords,
    from bucket: String, to target: CopyTarget, notesKeys: Bool,
    now: @escaping @Sendable () -> Timestamp
  ) throws {
    self.now = now
    self.wanted = wanted
    self.records = records
    self.bucket = bucket
    self.target = target
    others = notesKeys ? try OtherKeys() : nil
  }

  /// The next few versions, in the order of their keys.
  func next(count: Int) throws -> (wishes: [Wish], isLast: Bool) {
    let entries = try wanted.entries(after: position, count: count)
    if let last = entries.last { position = last.path }
    let held = try wanted.held(among: entries)
    let wishes = try entries.map { entry in
      let target = target.address(of: entry)
      return Wish(
        entry: entry,
        source: ObjectAddress(bucket: bucket, key: entry.key, versionID: entry.versionID),
        target: target, record: try records.record(of: target), held: held[entry.key])
    }
    try others?.want(wishes.map(\.target.key))
    return (wishes, entries.count < count)
  }

  var isEmpty: Bool { get throws { try wanted.count == 0 } }

  func write(_ record: CopyRecord, of target: ObjectAddress) throws {
    try records.write(record, of: target)
  }

  /// Notes that an upload is about to be begun, whose answer may never come, also after any end.
  func expect(_ target: ObjectAddress, besides others: Set<String>) throws {
    expected[target] = others
    try records.expect(UploadBeginning(target: target, sent: now(), others: others))
  }

  /// Notes that the service has refused to begin it, or that nothing of it is left.
  func expectNothing(at target: ObjectAddress) throws {
    expected[target] = nil
    try records.expectNothing(at: target)
  }

  /// Remembers an upload until it is ended, however the process ends.
  func begin(_ upload: CopyUpload) throws {
    ownUploads.append(upload)
    try records.begin(upload)
    expected[upload.target] = nil
    if !lookedFor.contains(upload.target) { try records.expectNothing(at: upload.target) }
  }

  /// Leaves it to the next restore to look for what a request began that may still be on its way.
  func keepLooking(at target: ObjectAddress) {
    lookedFor.insert(target)
  }

  func end(_ upload: CopyUpload) throws {
    ownUploads.removeAll { $0 == upload }
    try records.end(upload)
  }

  /// Whether no other restore is at work with the same file of records; from now on none will have the turn.
  func takeTurn(path: String) throws -> Bool {
    turn = try BucketTurn(path: path)
    return turn != nil
  }

  func openUploads() throws -> [CopyUpload] { try records.uploads(to: target.bucket) }

  /// What earlier restores were about to begin when they ended.
  func lostBeginnings() throws -> [UploadBeginning] { try records.beginnings(in: target.bucket) }

  // MARK: - Keys that are not wanted

  /// Notes what a page shows that is not wanted.
  func note(_ page: ObjectPage, ignoring isIgnored: (Key) -> Bool) throws {
    try others?.note(page) { [target] key in isIgnored(target.source(of: key)) }
  }

  var otherCount: MarkerCount { get throws { try others?.count ?? MarkerCount() } }

  /// The next keys that are not wanted.
  func others(after key: Key, count: Int) throws -> [Key] {
    try others?.keys(after: key, count: count) ?? []
  }
}

/// Keys of the target that are wanted, and those that are there and are not: on disk, for there may be
/// millions of both.
private final class OtherKeys {
  private let database: Connection

  init() throws {
    let database = try Connection(path: "", mode: .create)
    try database.execute(
      script: """
        PRAGMA journal_mode = OFF;
        CREATE TABLE wanted (key TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
        CREATE TABLE other (key TEXT PRIMARY KEY, size INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE seen (count INTEGER NOT NULL) STRICT;
        INSERT INTO seen VALUES (0);
        """)
    self.database = database
  }

  func want(_ keys: [Key]) throws {
    try database.transaction {
      for key in keys {
        try database.run("INSERT OR IGNORE INTO wanted VALUES (?1)", .text(key.bytes))
      }
    }
  }

  func note(_ page: ObjectPage, ignoring isIgnored: (Key) -> Bool) throws {
    try database.transaction {
      for index in page.records.indices where !isIgnored(page.key(at: index)) {
        try database.run(
          """
          INSERT OR IGNORE INTO other SELECT ?1, ?2
          WHERE NOT EXISTS (SELECT 1 FROM wanted WHERE key = ?1)
          """,
          .text(page.key(at: index).bytes), .integer(page.records[index].size))
      }
      try database.run(
        "UPDATE seen SET count = count + ?1", .integer(Int64(page.records.count)))
    }
  }

  var count: MarkerCount {
    get throws {
      try database.first(
        "SELECT count(*), coalesce(sum(size), 0), (SELECT count FROM seen) FROM other"
      ) { row in
        var count = MarkerCount()
        (count.keys, count.bytes, count.current) =
          (row.int64(at: 0), row.int64(at: 1), row.int64(at: 2))
        return count
      } ?? MarkerCount()
    }
  }

  func keys(after key: Key, count: Int) throws -> [Key] {
    try database.all(
      "SELECT key FROM other WHERE key > ?1 ORDER BY key LIMIT ?2", .text(key.bytes),
      .integer(Int64(count))
    ) { Key($0.bytes(at: 0)) }
  }
}
