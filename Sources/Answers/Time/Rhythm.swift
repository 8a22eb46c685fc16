internal import Vocabulary

/// At which moments a history has a row, in UTC.
enum Rhythm: String, CaseIterable, Sendable {
  case sync, day, week, month

  /// The start of the period that a moment is in: of the day, of the week from Monday on, of the month; for
  /// syncs, the moment itself.
  func start(of moment: Timestamp) -> Timestamp {
    switch self {
    case .sync: moment
    case .day: moment.flooredToDays(1, from: 0)
    // 1970-01-01 was a Thursday.
    case .week: moment.flooredToDays(7, from: -3)
    case .month: Timestamp(year: moment.fields.year, month: moment.fields.month, day: 1)
    }
  }

  /// The start of the period after one that begins then; for syncs there is none.
  func next(after start: Timestamp) -> Timestamp {
    switch self {
    case .sync: return start
    case .day: return start.adding(days: 1)
    case .week: return start.adding(days: 7)
    case .month:
      let (year, month) = (start.fields.year, start.fields.month)
      return month == 12
        ? Timestamp(year: year + 1, month: 1, day: 1)
        : Timestamp(year: year, month: month + 1, day: 1)
    }
  }
}

extension Timestamp {
  fileprivate static let day: Int64 = 86_400_000

  fileprivate func adding(days: Int64) -> Timestamp {
    Timestamp(millisecondsSinceEpoch: millisecondsSinceEpoch.plus(days * Self.day))
  }

  /// The last of the moments that are `length` days apart, not after this one; `origin` is one of them, in
  /// days since 1970.
  fileprivate func flooredToDays(_ length: Int64, from origin: Int64) -> Timestamp {
    let step = length * Self.day
    let rest = millisecondsSinceEpoch.minus(origin * Self.day) % step
    return Timestamp(
      millisecondsSinceEpoch: millisecondsSinceEpoch.minus(rest < 0 ? rest + step : rest))
  }
}

/// By what a history or growth is told apart.
enum TimeGrouping: String, CaseIterable, Sendable {
  case bucket, `class`, account, region, prefix
}
