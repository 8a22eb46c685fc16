internal import System

/// A seam between two steps of writing an index, where a test can have the process killed.
///
/// The writer passes those of a batch, a range and a page many times.
package enum Crashpoint: String, CaseIterable, Sendable {
  /// The file is there, with its schema.
  case indexOpened = "index-opened"
  /// The transaction of a batch was begun, and nothing written.
  case batchBegun = "batch-begun"
  /// The sums of a batch are written, and its COMMIT is next.
  case batchSummed = "batch-summed"
  case batchCommitted = "batch-committed"
  /// The sync is on record, and nothing has been asked of the server.
  case syncBegun = "sync-begun"
  /// A crawl and its ranges are on record, and nothing has been listed.
  case crawlPlanned = "crawl-planned"
  /// A range was cut in two, and nothing listed of its second part.
  case rangeSplit = "range-split"
  /// Objects of a page are inserted; others are still to be updated and deleted.
  case objectsInserted = "objects-inserted"
  /// Rows of noncurrent versions are deleted and updated, and others are still to be inserted.
  case versionsUpdated = "versions-updated"
  /// The uploads of a bucket are written, and not committed.
  case uploadsWritten = "uploads-written"
  /// The rows and changes of a page are written, and the cursor of its range is behind them.
  case rowsMerged = "rows-merged"
  /// The cursor is written too, and nothing of the page is committed.
  case cursorAdvanced = "cursor-advanced"
  /// All of a crawl's pages are committed, and it was not checked.
  case crawlListed = "crawl-listed"
  /// The crawl is checked and its end is written, but not committed.
  case crawlClosed = "crawl-closed"
  case crawlCommitted = "crawl-committed"
  /// Rows of another index are copied, and not committed.
  case rowsCopied = "rows-copied"
  /// Every crawl has ended, and the sync has not.
  case syncEnding = "sync-ending"
  /// The sync's end is on record, and nothing was reported.
  case syncCommitted = "sync-committed"
  /// The log is taken into the file and gone.
  case indexAtRest = "index-at-rest"
}

/// The order to die at a crashpoint, for tests of what a `kill -9` leaves behind.
///
/// The order is read from an environment variable, which is for tests alone. Without that variable
/// there is no order, and passing a crashpoint is a comparison with nil.
package struct CrashOrder: Equatable, Sendable {
  /// The variable whose value is such an order: `NAME`, or `NAME:N` for the Nth time that the
  /// crashpoint is passed.
  package static let variable = "S3AUDIT_TEST_CRASHPOINT"

  package let point: Crashpoint
  /// How often the crashpoint is still to be passed, the deadly time included.
  package private(set) var passesLeft: Int

  /// Reads an order; nil for one with an unknown name or a number below 1.
  package init?(_ text: String) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard let point = Crashpoint(rawValue: String(parts[0])),
      let passes = parts.count == 1 ? 1 : Int(parts[1]), passes > 0
    else { return nil }
    self.point = point
    passesLeft = passes
  }

  /// Counts one pass, and says whether it is the one to die at.
  package mutating func isDue(at point: Crashpoint) -> Bool {
    guard point == self.point, passesLeft > 0 else { return false }
    passesLeft -= 1
    return passesLeft == 0
  }

  /// Kills this process with SIGKILL when the order is due: no handler, no buffer, no lock is given
  /// a chance.
  package mutating func pass(_ point: Crashpoint) {
    guard isDue(at: point) else { return }
    ThisProcess.killItself()
  }
}
