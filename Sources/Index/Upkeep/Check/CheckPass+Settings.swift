internal import SQLite
internal import Vocabulary

extension CheckPass {
  /// Settings that are missing or mean nothing: a sync refuses to begin with such a one.
  mutating func findSettings() throws {
    for setting in IndexSetting.allCases {
      let text = try reader.text(of: setting)
      guard text.flatMap(setting.value) == nil else { continue }
      note(
        CheckFinding(
          "setting", at: Array(setting.rawValue.utf8), expected: setting.choices,
          found: text ?? "no row", .setting))
    }
  }

  /// How many levels of prefixes sums are kept of; where the setting does not say, as many as there are.
  func keptDepth() throws -> Int {
    let setting = IndexSetting.prefixDepth
    if case .number(let depth)? = try reader.text(of: setting).flatMap(setting.value) {
      return Int(depth)
    }
    let depth = try connection.first("SELECT max(depth) FROM prefix_usage") { $0.int64(at: 0) }
    return Int(depth ?? 0)
  }
}
