internal import Arguments
internal import Report
internal import Vocabulary

/// What was typed on the command line: plain values, nothing of it looked up or opened yet.
struct ToolOptions: Sendable {
  var indexPath: String?
  var output = OutputOptions()
  /// The arguments of the command, and of the groups it is in.
  var arguments = ParsedArguments()

  /// How results are shown.
  struct OutputOptions: Sendable {
    var format: OutputFormat?
    var unit = ByteUnit.auto
    var isQuiet = false
    var isVerbose = false
    var allowsColor = true
  }
}

extension ToolOptions {
  /// Options of every command.
  static let rows: [Option<ToolOptions>] = [
    Option(
      long: "index", value: "file", help: "The index file.",
      defaultText: "$XDG_DATA_HOME/s3audit/index.sqlite3", environment: "S3AUDIT_INDEX"
    ) { options, text throws(UsageError) in
      guard !text.isEmpty else { throw .invalidValue("name a file") }
      options.indexPath = text
    },
    Option(
      long: "format", value: "format",
      help: "How results are written. Machine formats hold exact integers.",
      choices: OutputFormat.allCases.map(\.rawValue), defaultText: "table"
    ) { options, text in options.output.format = OutputFormat(rawValue: text) },
    .choice(
      "unit", value: "unit", help: "The unit of byte counts in tables.", defaultText: "auto",
      sets: \.output.unit),
    .flag("quiet", short: "q", help: "Print errors and results only.", sets: \.output.isQuiet),
    .flag(
      "verbose", short: "v", help: "Say on standard error what is done.", sets: \.output.isVerbose),
    .flag(
      "no-color", help: "No colors, also on a terminal.", environment: "NO_COLOR",
      sets: \.output.allowsColor, to: false),
  ]
}
