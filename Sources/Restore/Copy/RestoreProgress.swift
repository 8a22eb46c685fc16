internal import Synchronization

/// How far a restore is, for whoever shows it meanwhile.
package final class RestoreProgress: Sendable {
  package struct Snapshot: Equatable, Sendable {
    /// Nil until it is known how many keys are wanted.
    package var keys: Int64?
    /// Bytes of all of them; nil where the source does not say how large they are.
    package var bytes: Int64?
    /// Keys that something became of.
    package var keysDone: Int64 = 0
    /// Bytes of files that are there, and of those that are coming.
    package var bytesDone: Int64 = 0
    /// Bytes that came over the network.
    package var bytesFetched: Int64 = 0
    /// Keys that were refused, failed or are archived.
    package var keysInTrouble: Int64 = 0

    package init() {}
  }

  private struct State {
    var snapshot = Snapshot()
    /// Bytes of files that are not whole yet.
    var bytesComing: Int64 = 0
  }

  private let state = Mutex(State())

  package init() {}

  package var snapshot: Snapshot {
    state.withLock { state in
      var snapshot = state.snapshot
      snapshot.bytesDone += state.bytesComing
      return snapshot
    }
  }

  package func begin(_ totals: (keys: Int64, bytes: Int64?)) {
    state.withLock { state in
      state.snapshot.keys = totals.keys
      state.snapshot.bytes = totals.bytes
    }
  }

  /// Bytes of a file came.
  func come(_ bytes: Int) {
    state.withLock { state in
      state.bytesComing += Int64(bytes)
      state.snapshot.bytesFetched += Int64(bytes)
    }
  }

  /// Of a file for which so many bytes came, nothing more comes.
  func end(_ bytes: Int64) {
    state.withLock { $0.bytesComing -= bytes }
  }

  package func settle(_ entry: ManifestEntry, _ outcome: RestoreOutcome) {
    state.withLock { state in
      state.snapshot.keysDone += 1
      switch outcome {
      case .skipped(let bytes), .restored(let bytes, _), .found(let bytes, _):
        state.snapshot.bytesDone += bytes
      case .folder: break
      case .refused, .archived, .failed:
        state.snapshot.keysInTrouble += 1
        // Nothing more comes of it.
        state.snapshot.bytesDone += entry.size ?? 0
      }
    }
  }
}
