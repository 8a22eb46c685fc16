internal import Dispatch
internal import Migrations
internal import SQLite
internal import Synchronization
internal import System
package import Vocabulary

/// Looks through an index for anything that contradicts anything else in it, and writes nothing.
///
/// Everything is read at one moment, also while a sync writes. Beside SQLite's own check of the file it compares what s3audit
/// keeps twice: sums with the rows that they are of, the newest history with today's sums, checkpoints with one
/// another. What stands in the file once, such as the size of one object, only the bucket can tell.
package struct IndexCheck: Sendable {
  /// What is looked through.
  package struct Scope: Sendable {
    /// Without the rows of objects and versions, and with the quick one of SQLite's checks.
    package var isQuick = false
    /// Names of buckets, or patterns of them; none for all.
    package var buckets: [ObjectFilter.Scope] = []

    package init() {}
  }

  /// How far the check has come.
  package struct Progress: Equatable, Sendable {
    package var objects: Int64 = 0
    package var objectsTotal: Int64 = 0

    package init() {}
  }

  /// What was found, and in how much.
  package struct Result: Sendable {
    package var findings: [CheckFinding] = []
    /// How many were found besides: of one table and bucket, the first hundred are named.
    package var unnamed: Int64 = 0
    package var buckets = 0
    package var objects: Int64 = 0
    /// The names of the buckets that findings are of.
    package var bucketNames: [Int64: String] = [:]
  }

  let path: String
  let now: Timestamp
  let shouldStop: @Sendable () -> Bool

  package init(
    path: String, now: Timestamp, shouldStop: @escaping @Sendable () -> Bool = { false }
  ) {
    (self.path, self.now, self.shouldStop) = (path, now, shouldStop)
  }

  /// Runs every check.
  ///
  /// - Throws: `IndexError` for what is no index, or of another version; `IndexError.noBucket`; `SQLiteError`
  ///   `.interrupted` soon after `shouldStop` turns true. That the file is damaged is a finding.
  package func run(
    _ scope: Scope, report: @escaping @Sendable (Progress) -> Void = { _ in }
  ) throws -> Result {
    let file = Mutex<Swift.Result<[CheckFinding], any Error>>(.success([]))
    let content = Mutex<Swift.Result<Result, any Error>>(.success(Result()))
    // Either takes seconds, and waits for the disk where the other computes.
    DispatchQueue.concurrentPerform(iterations: 2) { part in
      if part == 0 {
        let found = Swift.Result { try fileFindings(isQuick: scope.isQuick) }
        file.withLock { $0 = found }
      } else {
        let found = Swift.Result { try contentFindings(scope, report) }
        content.withLock { $0 = found }
      }
    }
    var findings: [CheckFinding]
    do {
      findings = try file.withLock { $0 }.get()
    } catch {
      findings = [try damage(error)]
    }
    var result = Result()
    do {
      result = try content.withLock { $0 }.get()
    } catch {
      let finding = try damage(error)
      if findings.isEmpty { findings = [finding] }
    }
    result.findings.insert(contentsOf: findings, at: 0)
    return result
  }

  /// What an error says of the file.
  ///
  /// - Throws: the error, where the file is not to blame for it, or is another program's.
  private func damage(_ error: any Error) throws -> CheckFinding {
    switch error {
    case let error as SQLiteError where error.isDamage: return .damage(error.message)
    case IndexError.damaged(_, let reason): return .damage(reason)
    case IndexError.changedMigration(_, let name):
      return .damage("made with another text of migration \(name)")
    case IndexError.notAnIndex where RootPages.isOfIndex(at: RealPath.of(path)):
      return .damage("the first page is not that of an index")
    default: throw error
    }
  }

  private func contentFindings(
    _ scope: Scope, _ report: @escaping @Sendable (Progress) -> Void
  ) throws -> Result {
    let reader = try IndexReader(path: path, now: now, shouldStop: shouldStop)
    return try reader.inSnapshot {
      let buckets = try reader.buckets(matching: scope.buckets)
      var pass = CheckPass(reader, buckets, isWhole: scope.buckets.isEmpty, report: report)
      try pass.findSchema()
      try pass.findSettings()
      try pass.findOrphans()
      if !scope.isQuick { try pass.findUnknownClassesOfChanges() }
      try pass.findCrawls()
      if !scope.isQuick { try pass.findSums() }
      try pass.findHistory()
      return pass.result
    }
  }

  /// What SQLite finds.
  private func fileFindings(isQuick: Bool) throws -> [CheckFinding] {
    do {
      let connection = try IndexFile.connect(path: path, busyTimeoutMilliseconds: 10_000)
      connection.setProgressCheck(shouldStop)
      let pragma = isQuick ? "quick_check" : "integrity_check"
      return try connection.damageFound(by: "\(pragma)(\(Self.fileFindingsMax))")
        .map { .damage($0) }
    } catch let error as SQLiteError where error.isDamage {
      return [.damage(error.message)]
    }
  }

  private static let fileFindingsMax = 100
}

extension CheckFinding {
  static func damage(_ text: String) -> CheckFinding {
    CheckFinding("file", expected: "ok", found: text, .rescue)
  }
}

extension SQLiteError {
  /// Whether SQLite cannot make sense of the file.
  var isDamage: Bool { [.corrupt, .notADatabase, .ioError].contains(primaryCode) }
}

/// One look through the content of an index, in a snapshot of it.
struct CheckPass {
  let reader: IndexReader
  let buckets: [BucketSummary]
  /// Whether all buckets are looked at.
  let isWhole: Bool
  let report: @Sendable (IndexCheck.Progress) -> Void
  private(set) var result = IndexCheck.Result()
  private var counts: [Place: Int] = [:]

  private struct Place: Hashable {
    var table: String
    var bucketID: Int64?
  }

  private static let namedMax = 100

  init(
    _ reader: IndexReader, _ buckets: [BucketSummary], isWhole: Bool,
    report: @escaping @Sendable (IndexCheck.Progress) -> Void
  ) {
    (self.reader, self.buckets, self.isWhole, self.report) = (reader, buckets, isWhole, report)
    result.buckets = buckets.count
    result.bucketNames = Dictionary(buckets.map { ($0.id, $0.name) }) { first, _ in first }
  }

  var connection: Connection { _read { yield reader.connection } }

  mutating func note(_ finding: CheckFinding) {
    let place = Place(table: finding.table, bucketID: finding.bucketID)
    counts[place, default: 0] += 1
    if counts[place, default: 0] <= Self.namedMax {
      result.findings.append(finding)
    } else {
      result.unnamed += 1
    }
  }

  mutating func count(objects: Int64) { result.objects += objects }
}
