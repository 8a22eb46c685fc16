package import Index
package import Vocabulary

/// How the last sync ended, as metrics tell it.
///
/// The index does not keep the exit status of a sync: it follows from the state. Whoever has run the sync knows
/// it, also of one that failed before it could write to the index, and says so instead.
package struct LastSync: Equatable, Sendable {
  package var started: Timestamp
  package var finished: Timestamp
  package var exitStatus: Int32
  package var requests: Int64
  package var retries: Int64

  package init(
    started: Timestamp, finished: Timestamp, exitStatus: Int32, requests: Int64, retries: Int64
  ) {
    self.started = started
    self.finished = finished
    self.exitStatus = exitStatus
    self.requests = requests
    self.retries = retries
  }

  /// A sync as the index tells it.
  package init(_ sync: EndedSync) {
    self.init(
      started: sync.started, finished: sync.finished, exitStatus: sync.state.exitStatus,
      requests: sync.requests, retries: sync.retries)
  }

  var isSuccess: Bool { exitStatus == 0 }
}

extension SyncState {
  /// The exit status of the program after such a sync.
  fileprivate var exitStatus: Int32 {
    switch self {
    case .complete: 0
    case .partial: 3
    case .interrupted: 130
    // A sync that runs has not ended yet, and is never the last one that has.
    case .failed, .running: 1
    }
  }
}
