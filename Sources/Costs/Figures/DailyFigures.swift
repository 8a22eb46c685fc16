/// What the daily points of one bucket come to: the figures of one day, never of several.
///
/// Types arrive at different hours, and a type that lifecycle has emptied ends one day before the others: so the
/// day is the newest that has the number of objects and every type of the day before it that has any.
///
///     day     StandardStorage   GlacierStorage   AllStorageTypes
///     Nov 27        5                 7                 3
///     Nov 28        5                 8                 3         ◄ all that the 27th has
///     Nov 29        6                                   4         GlacierStorage is still to come
package struct DailyFigures: Equatable, Sendable {
  /// In days since 1970.
  package var day: Int64
  /// False where no day of the window has all of the day before it: then it is the newest of any.
  package var isComplete: Bool
  package var figures: [StorageType: Figure]

  /// Nil where no day of `window` has a point.
  ///
  /// `points` may have days before the window: they tell what its first day has to have.
  package init?(_ points: [StorageType: [Int64: Figure]], in window: ClosedRange<Int64>) {
    var days: [Int64: [StorageType: Figure]] = [:]
    for (type, figures) in points {
      for (day, figure) in figures { days[day, default: [:]][type] = figure }
    }
    let known = days.keys.filter(window.contains).sorted(by: >)
    guard let newest = known.first else { return nil }
    let complete = known.first { day in
      guard let figures = days[day], let objects = figures[.all] else { return false }
      // Objects have bytes, if only none: a day with nothing but their number has not come whole.
      guard figures.count > 1 || objects == .known(0) else { return false }
      let before = days.keys.filter { $0 < day }.max()
      return Set(before.flatMap { days[$0] }?.keys.map(\.self) ?? []).isSubset(of: figures.keys)
    }
    day = complete ?? newest
    isComplete = complete != nil
    figures = days[day] ?? [:]
  }
}
