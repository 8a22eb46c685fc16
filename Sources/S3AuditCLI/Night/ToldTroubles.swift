internal import System
internal import Vocabulary

/// What people were last told of, in a file beside the index: `INDEX.notified`.
///
/// Where there is no such file, they were told that all is well, or never had to be told of anything.
///
/// It is no part of the index, as syncs that never reach theirs have to be told of, too.
struct ToldTroubles {
  private let path: String

  private static let bytesMax = 1 << 20

  init(indexPath: String) { path = indexPath + ".notified" }

  private static let format = "s3audit notified 1"

  /// The keys of the troubles that they were told of.
  ///
  /// - Throws: `CommandFailure` for a file of somebody else's, `SystemError` for one that cannot be read.
  func read() throws -> Set<String> {
    guard FileSystem.status(of: path) != nil else { return [] }
    guard let bytes = try SequentialFile(reading: path).rest(bytesMax: Self.bytesMax),
      let record = JSONValue(parsing: bytes), record["format"]?.string == Self.format,
      let troubles = record["troubles"]?.elements
    else {
      throw CommandFailure(message: "\(path) is not what a sync has left there")
    }
    return Set(troubles.compactMap(\.string))
  }

  /// Keeps what they have been told of; the file is its owner's alone.
  ///
  /// - Throws: also what `read` does: a file of somebody else's stays as it is.
  func write(_ keys: Set<String>) throws {
    _ = try read()
    guard !keys.isEmpty else {
      if FileSystem.status(of: path) != nil { try FileSystem.remove(path) }
      return
    }
    let file = try FileReplacement(of: path, access: .owner)
    let record: JSONObject = [
      "format": .string(Self.format), "troubles": .array(keys.sorted().map { .string($0) }),
    ]
    try file.write(JSONValue.object(record).encoded())
    try file.commit()
  }
}
