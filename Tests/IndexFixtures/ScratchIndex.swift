import Foundation
import Index
import SQLite
import Synchronization
import TestSupport
import Vocabulary

/// An object as the tests' models hold it.
struct ModelObject: Hashable {
  var size: Int64 = 1
  var lastModified = Timestamp(millisecondsSinceEpoch: 0)
  var etag = "e"
  var storageClass = "STANDARD"
}

/// What a bucket holds, or should.
typealias Contents = [Key: ModelObject]

/// Time that only a test moves.
final class TestClock: Sendable {
  private let milliseconds = Mutex<Int64>(1_700_000_000_000)

  var now: Timestamp { Timestamp(millisecondsSinceEpoch: milliseconds.withLock { $0 }) }

  func advance(milliseconds count: Int64) { milliseconds.withLock { $0 += count } }

  func advance(days: Int64) { advance(milliseconds: days * 86_400_000) }
}

/// An index in a folder of its own, looked at through a second connection.
final class ScratchIndex: Sendable {
  let folder: TemporaryFolder
  let path: String
  let clock: TestClock

  init(clock: TestClock = TestClock()) throws {
    folder = try TemporaryFolder()
    path = folder.file("index.sqlite3")
    self.clock = clock
  }

  func writer() throws -> IndexWriter {
    let clock = clock
    return try patiently { try IndexWriter(path: path) { clock.now } }
  }

  func reader() throws -> IndexReader { try IndexReader(path: path, now: clock.now) }

  func connection(_ mode: Connection.Mode = .readOnly) throws -> Connection {
    try Connection(path: path, mode: mode)
  }

  /// Runs a script on the file behind the writer's back.
  func execute(_ script: String) throws {
    let connection = try connection(.readWrite)
    try connection.setBusyTimeout(milliseconds: 10_000)
    try connection.execute(script: script)
  }

  /// A copy of the file as a process killed right now would leave it.
  func copyAfterKill() throws -> ScratchIndex {
    let copy = try ScratchIndex(clock: clock)
    for suffix in ["", "-wal"] where FileManager.default.fileExists(atPath: path + suffix) {
      try FileManager.default.copyItem(atPath: path + suffix, toPath: copy.path + suffix)
    }
    return copy
  }
}

/// Tries again while this process itself seems to hold a lock that it has let go.
///
/// Another test may be starting a program just now: until the child has become that program, it has
/// a copy of every open file, locks included.
func patiently<Result>(_ body: () throws -> Result) throws -> Result {
  for _ in 0..<10_000 {
    do {
      return try body()
    } catch IndexError.busy(_, let pid) where pid == getpid() {
      sched_yield()
    }
  }
  return try body()
}

// MARK: - Looking into the file

/// A sum over objects, as a rollup row holds it.
struct Sum: Equatable {
  var objects: Int64 = 0
  var bytes: Int64 = 0
}

/// One row of the journal.
struct Change: Hashable {
  var key: Key
  var change: String
  var before: Int64?
  var after: Int64?
}

extension ScratchIndex {
  func bucketID(_ name: String) throws -> Int64? {
    try connection().first("SELECT id FROM bucket WHERE name = ?1", .text(name)) {
      $0.int64(at: 0)
    }
  }

  func contents(of bucket: String) throws -> Contents {
    let rows = try connection().all(
      """
      SELECT object.key, size, last_modified_ms, etag, storage_class.name
      FROM object
      JOIN bucket ON bucket.id = object.bucket_id
      JOIN storage_class ON storage_class.id = object.storage_class_id
      WHERE bucket.name = ?1
      """, .text(bucket)
    ) { row in
      (
        Key(row.bytes(at: 0)),
        ModelObject(
          size: row.int64(at: 1),
          lastModified: Timestamp(millisecondsSinceEpoch: row.int64(at: 2)),
          etag: row.string(at: 3), storageClass: row.string(at: 4))
      )
    }
    return Contents(rows) { first, _ in first }
  }

  /// The rows of `bucket_usage`, those without objects included.
  func classSums(of bucket: String) throws -> [String: Sum] {
    let rows = try connection().all(
      """
      SELECT storage_class.name, objects, bytes FROM bucket_usage
      JOIN bucket ON bucket.id = bucket_usage.bucket_id
      JOIN storage_class ON storage_class.id = bucket_usage.storage_class_id
      WHERE bucket.name = ?1
      """, .text(bucket)
    ) { ($0.string(at: 0), Sum(objects: $0.int64(at: 1), bytes: $0.int64(at: 2))) }
    return Dictionary(rows) { first, _ in first }
  }

  /// The rows of `prefix_usage`, those without objects included.
  func prefixSums(of bucket: String) throws -> [Key: Sum] {
    let rows = try connection().all(
      """
      SELECT prefix, objects, bytes, depth FROM prefix_usage
      JOIN bucket ON bucket.id = prefix_usage.bucket_id
      WHERE bucket.name = ?1
      """, .text(bucket)
    ) { row -> (Key, Sum) in
      let prefix = Key(row.bytes(at: 0))
      let depth = prefix.bytes.count { $0 == UInt8(ascii: "/") }
      // A row at a wrong depth shows up as a sum that no model has.
      return row.int64(at: 3) == Int64(depth)
        ? (prefix, Sum(objects: row.int64(at: 1), bytes: row.int64(at: 2))) : (prefix, Sum())
    }
    return Dictionary(rows) { first, _ in first }
  }

  func changes(inSync syncID: Int64, of bucket: String) throws -> Set<Change> {
    Set(
      try connection().all(
        """
        SELECT key, change, size_before, size_after FROM object_change
        JOIN bucket ON bucket.id = object_change.bucket_id
        WHERE sync_id = ?1 AND bucket.name = ?2
        """, .integer(syncID), .text(bucket)
      ) { row in
        Change(
          key: Key(row.bytes(at: 0)), change: row.string(at: 1),
          before: row.optionalInt64(at: 2), after: row.optionalInt64(at: 3))
      })
  }

  func bucket(_ name: String) throws -> BucketRecord? {
    try connection().first(
      "SELECT state, error, synced_ms, newest_object_ms FROM bucket WHERE name = ?1", .text(name)
    ) { row in
      BucketRecord(
        state: row.string(at: 0), error: row.optionalString(at: 1),
        syncedMs: row.optionalInt64(at: 2), newestMs: row.optionalInt64(at: 3))
    }
  }

  func integers(_ sql: String) throws -> [Int64] {
    try connection().all(sql) { $0.int64(at: 0) }
  }

  func texts(_ sql: String) throws -> [String] {
    try connection().all(sql) { $0.string(at: 0) }
  }
}

struct BucketRecord: Equatable {
  var state: String
  var error: String?
  var syncedMs: Int64?
  var newestMs: Int64?
}

// MARK: - What it should hold

extension Contents {
  var classSums: [String: Sum] {
    reduce(into: [:]) { sums, object in
      sums[object.value.storageClass, default: Sum()].objects += 1
      sums[object.value.storageClass, default: Sum()].bytes += object.value.size
    }
  }

  /// The sums below every prefix of at most `depthMax` slashes.
  func prefixSums(depthMax: Int = 4) -> [Key: Sum] {
    reduce(into: [:]) { sums, object in
      let key = object.key.bytes
      for end in key.indices.filter({ key[$0] == UInt8(ascii: "/") }).prefix(depthMax) {
        sums[Key(Array(key[...end])), default: Sum()].objects += 1
        sums[Key(Array(key[...end])), default: Sum()].bytes += object.value.size
      }
    }
  }

  func below(_ prefix: Key) -> Contents {
    filter { $0.key.bytes.starts(with: prefix.bytes) }
  }

  /// The journal of the way from these objects to `new`.
  func changes(to new: Contents) -> Set<Change> {
    var changes: Set<Change> = []
    for (key, object) in new {
      guard let before = self[key] else {
        changes.insert(Change(key: key, change: "added", before: nil, after: object.size))
        continue
      }
      guard before != object else { continue }
      changes.insert(
        Change(key: key, change: "modified", before: before.size, after: object.size))
    }
    for (key, object) in self where new[key] == nil {
      changes.insert(Change(key: key, change: "removed", before: object.size, after: nil))
    }
    return changes
  }
}
