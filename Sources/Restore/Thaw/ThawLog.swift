package import S3
internal import SQLite
package import Vocabulary

/// When versions of which archive were last asked to come back, and how fast: no server tells that, and
/// without it nobody can say how long it still takes.
///
/// A small file beside the index, a row for each bucket, archive and speed.
package struct ThawLog: ~Copyable {
  private let database: Connection

  /// Opens the file at `path`, or makes it.
  package init(path: String) throws {
    let database = try Connection(path: path, mode: .create)
    try database.setBusyTimeout(milliseconds: 10_000)
    try database.execute(
      script: """
        CREATE TABLE IF NOT EXISTS thaw (
          bucket TEXT NOT NULL, archive TEXT NOT NULL, speed TEXT NOT NULL, begun_ms INTEGER NOT NULL,
          PRIMARY KEY (bucket, archive, speed)
        ) STRICT, WITHOUT ROWID;
        """)
    self.database = database
  }

  /// Notes that versions of these archives were asked for.
  package func record(
    _ archives: Set<Archive>, of bucket: String, by speed: ThawSpeed, at moment: Timestamp
  ) throws {
    try database.transaction {
      for archive in archives {
        try database.run(
          "INSERT OR REPLACE INTO thaw VALUES (?1, ?2, ?3, ?4)", .text(bucket),
          .text(archive.rawValue), .text(speed.rawValue),
          .integer(moment.millisecondsSinceEpoch))
      }
    }
  }

  /// When all that was asked for is back, by archive; nothing of those that nobody asked for here.
  package func ends(of bucket: String) throws -> [Archive: Timestamp] {
    let rows = try database.all(
      "SELECT archive, speed, begun_ms FROM thaw WHERE bucket = ?1", .text(bucket)
    ) {
      (Archive(rawValue: $0.string(at: 0)), ThawSpeed(rawValue: $0.string(at: 1)), $0.int64(at: 2))
    }
    var ends: [Archive: Timestamp] = [:]
    for case (let archive?, let speed?, let begun) in rows {
      guard let time = RetrievalTime(from: archive, by: speed) else { continue }
      let end = Timestamp(millisecondsSinceEpoch: begun + Int64(time.minutesMax) * 60_000)
      ends[archive] = max(ends[archive] ?? end, end)
    }
    return ends
  }
}
