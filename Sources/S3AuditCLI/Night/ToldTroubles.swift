internal import System
internal import Vocabulary

/// What people were last told of, in a file beside the index: `INDEX.notified`.
///
/// Several jobs may fill one index, each telling people of its own: what one has told is no news of the other's, and no
/// recovery either. A job is known by whom it tells and by what it syncs (`NightJob`); one that syncs everything takes over
/// what others have told the same people, so that whoever mends the words of a job hears that all is well.
///
/// Where there is no such file, they were told that all is well, or never had to be told of anything.
///
/// It is no part of the index, as syncs that never reach theirs have to be told of, too.
struct ToldTroubles {
  private let path: String
  private let job: NightJob.Name

  private static let bytesMax = 1 << 20

  init(indexPath: String, job: NightJob.Name) { (path, self.job) = (indexPath + ".notified", job) }

  private static let format = "s3audit notified 2"
  /// Before there were jobs: what it says is taken for what this one has told.
  private static let formatOfOneJob = "s3audit notified 1"

  /// The keys of the troubles that they were told of.
  ///
  /// - Throws: `CommandFailure` for a file of somebody else's, `SystemError` for one that cannot be read.
  func read() throws -> Set<String> {
    let scopes = object(try told()[job.people]) ?? [:]
    let mine = scopes.members.filter { job.isOfAll || $0.name == job.scope }
    return Set(mine.flatMap { $0.value.elements ?? [] }.compactMap(\.string))
  }

  /// Lists of keys by scope, by people.
  private func told() throws -> JSONObject {
    guard FileSystem.status(of: path) != nil else { return [:] }
    guard let bytes = try SequentialFile(reading: path).rest(bytesMax: Self.bytesMax),
      let record = JSONValue(parsing: bytes), let told = told(in: record)
    else {
      throw CommandFailure(message: "\(path) is not what a sync has left there")
    }
    return told
  }

  private func told(in record: JSONValue) -> JSONObject? {
    switch record["format"]?.string {
    case Self.format: object(record["told"])
    case Self.formatOfOneJob:
      record["troubles"].map { [job.people: .object([job.scope: $0])] }
    default: nil
    }
  }

  private func object(_ value: JSONValue?) -> JSONObject? {
    if case .object(let object) = value { object } else { nil }
  }

  /// Keeps what they have been told of; the file is its owner's alone.
  ///
  /// - Throws: also what `read` does: a file of somebody else's stays as it is.
  func write(_ keys: Set<String>) throws {
    var told = try told()
    var scopes = job.isOfAll ? [:] : object(told[job.people]) ?? [:]
    scopes[job.scope] = keys.isEmpty ? nil : .array(keys.sorted().map { .string($0) })
    told[job.people] = scopes == [:] ? nil : .object(scopes)
    guard told != [:] else {
      if FileSystem.status(of: path) != nil { try FileSystem.remove(path) }
      return
    }
    let file = try FileReplacement(of: path, access: .owner)
    let record: JSONObject = ["format": .string(Self.format), "told": .object(told)]
    try file.write(JSONValue.object(record).encoded())
    try file.commit()
  }
}
