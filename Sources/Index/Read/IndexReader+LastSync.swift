internal import SQLite
package import Vocabulary

/// A sync that has ended, by itself or because its process was killed.
package struct EndedSync: Equatable, Sendable {
  package var started: Timestamp
  package var finished: Timestamp
  package var state: SyncState
  package var requests: Int64
  package var retries: Int64

  package init(
    started: Timestamp, finished: Timestamp, state: SyncState, requests: Int64, retries: Int64
  ) {
    self.started = started
    self.finished = finished
    self.state = state
    self.requests = requests
    self.retries = retries
  }
}

extension IndexReader {
  /// The newest sync that has ended; nil where none has.
  package func lastEndedSync() throws -> EndedSync? {
    try connection.first(Self.selectLastSync, .state(SyncState.running)) { row in
      EndedSync(
        started: Timestamp(millisecondsSinceEpoch: row.int64(at: 0)),
        finished: Timestamp(millisecondsSinceEpoch: row.int64(at: 1)),
        state: SyncState(rawValue: row.string(at: 2)) ?? .failed, requests: row.int64(at: 3),
        retries: row.int64(at: 4))
    }
  }

  private static let selectLastSync = """
    SELECT started_ms, finished_ms, state, requests, retries FROM sync
    WHERE state <> ?1 AND finished_ms IS NOT NULL
    ORDER BY id DESC LIMIT 1
    """

  /// The bytes of the index on the disk, its log included; nil where the file is gone.
  package var fileBytes: Int64? {
    IndexFiles(path: path).map { $0.bytes.plus($0.logBytes) }
  }
}
