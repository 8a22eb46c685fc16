/// What became of all keys, added up: the closing table of a restore.
package struct RestoreCounts: Sendable {
  package var skipped: Int64 = 0
  package var skippedBytes: Int64 = 0
  package var folders: Int64 = 0
  package var restored: Int64 = 0
  package var bytes: Int64 = 0
  /// Files that were read and found right.
  package var found: Int64 = 0
  package var foundBytes: Int64 = 0
  /// Files by what vouched for their bytes, those that came and those that were read.
  package var verified: [String: Int64] = [:]
  package var unverified: Int64 = 0
  package var refused: Int64 = 0
  package var archived: Int64 = 0
  /// Archived ones that come back by what was asked now, and earlier.
  package var thawBegun: Int64 = 0
  package var thawUnderWay: Int64 = 0
  package var failed: Int64 = 0
  /// With nothing but comparing: files that are missing or have other bytes.
  package var different: Int64 = 0
  /// Keys of a bucket that a delete marker was put over.
  package var markers: Int64 = 0
  /// Whether keys that were to be deleted were left alone.
  package var isUnmarked = false

  package init() {}

  package mutating func add(_ outcome: RestoreOutcome) {
    switch outcome {
    case .skipped(let count):
      skipped += 1
      skippedBytes += count
    case .folder: folders += 1
    case .restored(let count, let check):
      restored += 1
      bytes += count
      note(check)
    case .found(let count, let check):
      found += 1
      foundBytes += count
      note(check)
    case .refused: refused += 1
    case .archived(_, .begun): thawBegun += 1
    case .archived(_, .underWay): thawUnderWay += 1
    case .archived: archived += 1
    case .failed(let failure):
      if failure.kind == .missingFile || failure.kind == .differentFile {
        different += 1
      } else {
        failed += 1
      }
    }
  }

  private mutating func note(_ check: String?) {
    if let check { verified[check, default: 0] += 1 } else { unverified += 1 }
  }

  /// Whether every key is there now.
  package var isWhole: Bool {
    refused + archived + thawBegun + thawUnderWay + failed == 0 && !isUnmarked
  }
}
