internal import SQLite
package import Vocabulary

/// One bar of a histogram.
package struct HistogramRow: Equatable, Sendable {
  /// Nil where classes are summed.
  package var storageClass: String?
  /// `1 KiB to 16 KiB`, `1 day to 7 days`.
  package var label: String
  /// In bytes, or in seconds of age.
  package var atLeast: Int64
  /// Likewise; nil for the last.
  package var below: Int64?
  package var usage: Usage
}

extension IndexReader {
  /// What a histogram measures of each object.
  package enum Measure: String, CaseIterable, Sendable {
    case size, age
  }

  /// The objects that pass the filter by their size or age, in rising order, and by their class where that
  /// is wanted: first the classes in the order of their names.
  ///
  /// One scan; bars that hold nothing are left out. The freshness is that of all that was asked about.
  package func histogram(
    of measure: Measure, byClass: Bool, _ filter: ObjectFilter, now: Timestamp
  ) throws -> (rows: [HistogramRow], freshness: Freshness) {
    let resolved = try resolve(filter)
    let bins = measure == .size ? Bins.sizes : Bins.ages
    let classes = byClass ? try storageClassNames().sorted { $0.value < $1.value } : []
    let sums = try sums(of: measure, in: bins, classes.map(\.key), resolved, now: now)
    let names = byClass ? classes.map(\.value) + [""] : [nil]
    let rows = names.enumerated().flatMap { place, name in
      (0..<bins.count).compactMap { number -> HistogramRow? in
        let usage = sums[place * bins.count + number]
        guard !usage.isZero else { return nil }
        let bounds = bins.bounds(of: number)
        return HistogramRow(
          storageClass: name, label: bins.label(of: number), atLeast: bounds.least,
          below: bounds.below, usage: usage)
      }
    }
    return (rows, resolved.freshness)
  }

  /// The sums of all bins, one class after the other; objects of a class that has no name come last.
  private func sums(
    of measure: Measure, in bins: Bins, _ classes: [Int64], _ resolved: ResolvedFilter,
    now: Timestamp
  ) throws -> [Usage] {
    let now = now.millisecondsSinceEpoch
    let byClass = !classes.isEmpty
    let columns: ScanColumns =
      switch measure {
      case .size: byClass ? .sizeAndClass : .size
      case .age: byClass ? .sizeClassAndTime : .sizeAndTime
      }
    let timeColumn = byClass ? ScanColumns.thirdColumn : ScanColumns.otherColumn
    let count = bins.count * (classes.count + 1)
    return try self.sums(columns, resolved.parts, resolved.condition, count: count) { row in
      let number = bins.number(
        of: measure == .size
          ? row.int64(at: ScanColumns.sizeColumn) : now.minus(row.int64(at: timeColumn)))
      guard byClass else { return number }
      let id = row.int64(at: ScanColumns.otherColumn)
      return (classes.firstIndex(of: id) ?? classes.count) * bins.count + number
    }
  }
}
