internal import System
internal import Vocabulary

/// What people were last told of, in a file beside the index: `INDEX.notified`.
///
/// Several jobs may fill one index, each telling people of its own: what one has told is no news of the other's, and no
/// recovery either. A job is known by what it syncs and by whom it tells (`Night`).
///
/// Where there is no such file, they were told that all is well, or never had to be told of anything.
///
/// It is no part of the index, as syncs that never reach theirs have to be told of, too.
struct ToldTroubles {
  private let path: String
  private let job: String

  private static let bytesMax = 1 << 20

  init(indexPath: String, job: String) { (path, self.job) = (indexPath + ".notified", job) }

  private static let format = "s3audit notified 2"
  /// Before there were jobs: what it says is taken for what this one has told.
  private static let formatOfOneJob = "s3audit notified 1"

  /// The keys of the troubles that they were told of.
  ///
  /// - Throws: `CommandFailure` for a file of somebody else's, `SystemError` for one that cannot be read.
  func read() throws -> Set<String> {
    Set(try jobs()[job]?.elements?.compactMap(\.string) ?? [])
  }

  private func jobs() throws -> JSONValue {
    guard FileSystem.status(of: path) != nil else { return .object([:]) }
    guard let bytes = try SequentialFile(reading: path).rest(bytesMax: Self.bytesMax),
      let record = JSONValue(parsing: bytes), let jobs = jobs(of: record)
    else {
      throw CommandFailure(message: "\(path) is not what a sync has left there")
    }
    return jobs
  }

  private func jobs(of record: JSONValue) -> JSONValue? {
    switch record["format"]?.string {
    case Self.format: record["jobs"]
    case Self.formatOfOneJob: record["troubles"].map { .object([job: $0]) }
    default: nil
    }
  }

  /// Keeps what they have been told of; the file is its owner's alone.
  ///
  /// - Throws: also what `read` does: a file of somebody else's stays as it is.
  func write(_ keys: Set<String>) throws {
    var jobs = try jobs()
    jobs[job] = keys.isEmpty ? nil : .array(keys.sorted().map { .string($0) })
    guard jobs != .object([:]) else {
      if FileSystem.status(of: path) != nil { try FileSystem.remove(path) }
      return
    }
    let file = try FileReplacement(of: path, access: .owner)
    let record: JSONObject = [
      "format": .string(Self.format), "jobs": jobs,
    ]
    try file.write(JSONValue.object(record).encoded())
    try file.commit()
  }
}
