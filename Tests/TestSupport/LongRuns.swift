#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What a run of the tests takes its time for.
package enum LongRuns {
  /// Whether this is a long run, `scripts/test --long`.
  package static let areWanted = ProcessInfo.processInfo.environment["S3AUDIT_LONG"] != nil

  /// The seeds of a test whose cases are slow without optimization: all of them in a long run, else
  /// the first alone.
  package static func seeds(_ all: ClosedRange<UInt64>) -> ClosedRange<UInt64> {
    areWanted ? all : all.lowerBound...all.lowerBound
  }
}
