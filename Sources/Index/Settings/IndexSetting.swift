internal import SQLite

/// A row of table `setting`: a limit that the owner of an index may change.
package enum IndexSetting: String, CaseIterable, Sendable {
  /// How many levels of prefixes the index keeps sums of.
  case prefixDepth = "prefix_depth"
  /// How long changes are kept.
  case changeRetentionDays = "change_retention_days"
  /// How many levels of prefixes are recorded at each complete crawl, of those that are kept.
  case historyDepth = "history_depth"
  /// How many prefixes of a bucket are recorded then: the largest.
  case historyPrefixes = "history_prefixes"
  /// How long what every complete crawl found is kept.
  case historyDailyDays = "history_daily_days"
  /// How long the last of each week is kept after that; of each month, the last is kept for ever.
  case historyWeeklyDays = "history_weekly_days"

  package enum Value: Equatable, Sendable, CustomStringConvertible {
    case number(Int64)
    /// None are kept.
    case off
    /// All are kept.
    case ever

    package var description: String {
      switch self {
      case .number(let number): String(number)
      case .off: "off"
      case .ever: "ever"
      }
    }
  }

  private var range: ClosedRange<Int64> {
    switch self {
    case .prefixDepth, .historyDepth: 0...64
    case .historyPrefixes: 0...100_000
    case .changeRetentionDays: 0...1_000_000
    case .historyDailyDays, .historyWeeklyDays: 1...1_000_000
    }
  }

  private var words: [Value] {
    switch self {
    case .prefixDepth, .historyDepth, .historyPrefixes: []
    case .changeRetentionDays: [.off, .ever]
    case .historyDailyDays, .historyWeeklyDays: [.ever]
    }
  }

  /// Its value in an index that nobody has changed it in.
  package var usual: Value {
    switch self {
    case .prefixDepth: .number(4)
    case .changeRetentionDays, .historyDailyDays: .number(90)
    case .historyDepth: .number(2)
    case .historyPrefixes: .number(10_000)
    case .historyWeeklyDays: .number(730)
    }
  }

  /// What values there are: `a number from 0 to 64`.
  package var choices: String {
    let numbers = "a number from \(range.lowerBound) to \(range.upperBound)"
    return words.reduce(numbers) { "\($0) or '\($1)'" }
  }

  /// Nil for a text that means nothing.
  package func value(_ text: String) -> Value? {
    if let word = words.first(where: { $0.description == text }) { return word }
    return Int64(text).flatMap { range.contains($0) ? .number($0) : nil }
  }

  /// Its value in an index.
  ///
  /// - Throws: `IndexError.badSetting` for one that is missing or means nothing.
  func value(in connection: borrowing Connection, path: String) throws -> Value {
    let text = try text(in: connection)
    guard let value = text.flatMap(value) else {
      throw IndexError.badSetting(path: path, name: rawValue, value: text, choices: choices)
    }
    return value
  }

  /// The same of a setting that is a number.
  func number(in connection: borrowing Connection, path: String) throws -> Int64 {
    guard case .number(let number) = try value(in: connection, path: path) else {
      preconditionFailure("\(rawValue) has no words for values")
    }
    return number
  }
}

extension IndexSetting {
  /// Gives a setting that is missing or means nothing its usual value.
  func mend(in connection: borrowing Connection) throws {
    guard try text(in: connection).flatMap(value) == nil else { return }
    try write(usual, in: connection)
  }

  func write(_ value: Value, in connection: borrowing Connection) throws {
    try connection.run(
      "INSERT OR REPLACE INTO setting (name, value) VALUES (?1, ?2)", .text(rawValue),
      .text(value.description))
  }

  fileprivate func text(in connection: borrowing Connection) throws -> String? {
    try connection.first("SELECT value FROM setting WHERE name = ?1", .text(rawValue)) {
      $0.string(at: 0)
    }
  }
}

extension IndexReader {
  /// What stands in the index, whether it means something or not; nil where nothing does.
  package func text(of setting: IndexSetting) throws -> String? {
    try setting.text(in: connection)
  }
}
