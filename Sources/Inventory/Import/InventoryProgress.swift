internal import Synchronization
internal import Vocabulary

/// What a running import has done so far, for a display that looks at it from time to time.
package final class InventoryProgress: Sendable {
  package enum Phase: Sendable {
    /// Files are read and sorted.
    case reading
    /// What was read is looked through; nothing is in the index yet.
    case checking
    /// It is merged into the index.
    case storing
  }

  package struct Snapshot: Equatable, Sendable {
    package var phase = Phase.reading
    package var files = 0
    /// 0 for rows without a manifest.
    package var filesTotal = 0
    /// Of files as they are stored.
    package var bytes: Int64 = 0
    /// 0 where nobody knows it.
    package var bytesTotal: Int64 = 0
    package var rows: Int64 = 0
    /// Rows that are in the index; one that came several times counts once.
    package var stored: Int64 = 0

    package init() {}
  }

  private let state = Mutex(Snapshot())

  package init() {}

  package var snapshot: Snapshot { state.withLock { $0 } }

  func begin(files: Int, bytes: Int64) {
    state.withLock { ($0.filesTotal, $0.bytesTotal) = (files, bytes) }
  }

  func begin(_ phase: Phase) { state.withLock { $0.phase = phase } }

  func count(bytes: Int) { state.withLock { $0.bytes = $0.bytes.plus(Int64(bytes)) } }

  func count(rows: Int64) { state.withLock { $0.rows = $0.rows.plus(rows) } }

  func count(stored: Int) { state.withLock { $0.stored = $0.stored.plus(Int64(stored)) } }

  func countFile() { state.withLock { $0.files += 1 } }
}
