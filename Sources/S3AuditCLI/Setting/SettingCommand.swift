internal import Arguments
internal import Index
internal import Report
internal import Vocabulary

/// `setting`: the limits that an index has, which its owner may change.
let settingCommand = ToolCommand(
  group: Command<SettingGroupArguments>(
    name: "setting", abstract: "Show and change how much an index keeps."),
  [listSettingsCommand, getSettingCommand, setSettingCommand])

private struct SettingGroupArguments: CommandArguments {}
private struct NoArguments: CommandArguments {}

private let exitStatuses = ExitStatus.rows.filter { $0.code != ExitStatus.refused.rawValue }

private let listSettingsCommand = ToolCommand(
  Command<NoArguments>(
    name: "list", abstract: "Show all settings with what they mean.",
    examples: [Example("All of them:", "s3audit setting list")], exitStatuses: exitStatuses)
) { _, context in
  let reader = try openReader(context)
  var writer = ReportWriter(options: context.reportOptions()) { try Terminal.writeOutput($0) }
  writer.begin([
    Column("setting", .text, rank: .stays), Column("value", .text, rank: .stays),
    Column("usual", .text), Column("values", .text, rank: .prose),
    Column("meaning", .text, rank: .prose),
  ])
  for setting in IndexSetting.allCases {
    try writer.append([
      .text(setting.rawValue), try reader.text(of: setting).map(Value.text) ?? .null,
      .text(setting.usual.description), .text(setting.choices), .text(setting.meaning),
    ])
  }
  try writer.finish()
  return .done
}

private let name = Positional(
  name: "setting", help: "Its name, as 's3audit setting list' shows it.")

private let getSettingCommand = ToolCommand(
  Command<SettingArguments>(
    name: "get", abstract: "Print the value of one setting.", positionals: [name],
    examples: [Example("How long are changes kept?", "s3audit setting get change_retention_days")],
    exitStatuses: exitStatuses,
    applyPositionals: { arguments, words throws(UsageError) in
      arguments.setting = try SettingArguments.setting(words.first ?? "")
    })
) { arguments, context in
  guard let text = try openReader(context).text(of: arguments.setting) else {
    throw SettingError.missing(arguments.setting)
  }
  try Terminal.writeOutput(text.escapingControls() + "\n")
  return .done
}

private let setSettingCommand = ToolCommand(
  Command<SettingArguments>(
    name: "set", abstract: "Change a setting.",
    discussion: """
      It counts from the next sync on; nothing that was recorded goes before that. With prefix_depth the sums of \
      prefixes are counted anew at once, which reads all objects. No sync may run meanwhile.
      """,
    positionals: [
      name, Positional(name: "value", help: "A number, or a word where one is named."),
    ],
    examples: [
      Example("Keep changes for a month:", "s3audit setting set change_retention_days 30"),
      Example("Keep none:", "s3audit setting set change_retention_days off"),
      Example("Keep every night of the history:", "s3audit setting set history_daily_days ever"),
    ],
    exitStatuses: exitStatuses,
    applyPositionals: { arguments, words throws(UsageError) in
      arguments.setting = try SettingArguments.setting(words.first ?? "")
      arguments.value = try SettingArguments.value(
        words.last ?? "", of: arguments.setting)
    })
) { arguments, context in
  try await change(arguments, context)
}

/// What was asked of `setting get` and `set`.
private struct SettingArguments: CommandArguments {
  var setting = IndexSetting.prefixDepth
  var value = IndexSetting.Value.ever

  static func setting(_ name: String) throws(UsageError) -> IndexSetting {
    guard let setting = IndexSetting(rawValue: name) else {
      var error = UsageError(
        "There is no setting '\(name.escapingControls())'. Please provide one of the following:")
      error.choices = IndexSetting.allCases.map(\.rawValue)
      throw error
    }
    return setting
  }

  static func value(_ text: String, of setting: IndexSetting) throws(UsageError)
    -> IndexSetting.Value
  {
    guard let value = setting.value(text) else {
      throw UsageError(
        "The value '\(text.escapingControls())' is invalid for \(setting.rawValue).",
        hint: "use \(setting.choices)")
    }
    return value
  }
}

private func openReader(_ context: Context) throws -> IndexReader {
  let path = try context.indexPath()
  context.say("index: \(path)")
  guard IndexFiles(path: path) != nil else { throw IndexError.missing(path: path) }
  return try IndexReader(path: path, now: context.now)
}

private func change(_ arguments: SettingArguments, _ context: Context) async throws -> ExitStatus {
  let setting = arguments.setting
  let before = try openReader(context).text(of: setting) ?? "missing"
  let path = try context.indexPath()
  let display = StepDisplay(context) { "changing \(setting.rawValue)" }
  let interrupt = context.interrupt
  try await interrupt.cancelling {
    let writer = try IndexWriter(
      path: path, patience: context.patience(indexPath: path), mending: [setting], now: systemTime)
    try await display.showing {
      try await writer.set(setting, to: arguments.value) { interrupt.isInterrupted }
      _ = try await writer.rest()
    }
  }
  guard !context.options.output.isQuiet else { return .done }
  try Terminal.writeOutput(
    "\(setting.rawValue) was \(before.escapingControls()) and is \(arguments.value)\n")
  return .done
}

/// Why a setting has no value.
enum SettingError: Error, CustomStringConvertible {
  case missing(IndexSetting)

  var description: String {
    switch self {
    case .missing(let setting): "the index has no value of \(setting.rawValue)"
    }
  }

  /// What the user can do about it.
  var hint: String {
    switch self {
    case .missing(let setting): "run 's3audit setting set \(setting.rawValue) \(setting.usual)'"
    }
  }
}

extension IndexSetting {
  /// What it is, for `setting list`.
  fileprivate var meaning: String {
    switch self {
    case .prefixDepth: "levels of prefixes that sums are kept of"
    case .changeRetentionDays:
      "days that changes are kept; 'off' keeps none, 'ever' all of them"
    case .historyDepth:
      "levels of prefixes that are recorded at each complete crawl, of those that sums are kept of"
    case .historyPrefixes: "how many prefixes of a bucket are recorded then, the largest by bytes"
    case .historyDailyDays: "days that every complete crawl stays in the history"
    case .historyWeeklyDays:
      "days that the last crawl of each week stays after that; the last of each month stays for ever"
    }
  }
}
