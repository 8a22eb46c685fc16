internal import Arguments
internal import Migrations

/// `export`: the views of an index as files that other engines read.
let exportCommand = ToolCommand(
  Command<ExportArguments>(
    name: "export", abstract: "Write the index's views as files for other engines.",
    discussion: """
      DIR gets a file a view, such as objects.csv.gz, all of one moment, also while a sync writes; with --by bucket \
      a file a view and bucket, such as logs.objects.csv.gz. In the format sqlite the views are tables of one file, \
      with --by bucket of one file a bucket. manifest.json names every file with its rows, bytes and SHA-256, and every \
      bucket with how far it is complete; 'sha256sum -c SHA256SUMS' checks a copy. DIR is there when all of it is, \
      and not before: until then it is DIR.partial.

      Texts are exact, also where a spreadsheet would take them for formulas. What is no UTF-8 stands in CSV and SQLite \
      as it is; in JSON the field key_encoded beside it has its bytes in the form of URLs.
      """,
    positionals: [
      Positional(name: "dir", help: "The folder to be made; it may be there and empty.")
    ],
    options: ExportArguments.rows,
    examples: [
      Example(
        "For DuckDB, Spark or pandas:", "s3audit export --format csv.gz /data/s3audit-2026-11-30"),
      Example(
        "To hand each team its buckets:", "s3audit export --format sqlite --by bucket /data/teams"),
      Example(
        "The objects alone:", "s3audit export --format jsonl.gz --view objects /data/objects"),
    ],
    exitStatuses: ExitStatus.rows,
    applyPositionals: { arguments, words throws(UsageError) in
      arguments.folder = words.first ?? ""
      guard !arguments.folder.isEmpty else {
        throw UsageError("The name of the folder is empty.", hint: "name a folder")
      }
    })
) { arguments, context in
  try await Export(context, arguments).run()
}

/// How rows are written.
enum ExportFormat: String, CaseIterable, Sendable {
  case sqlite
  case csv = "csv.gz"
  case jsonl = "jsonl.gz"

  /// What the name of a file ends in.
  var ending: String { self == .sqlite ? "sqlite3" : rawValue }
}

/// What files are divided by.
enum ExportDivision: String, CaseIterable, Sendable {
  case bucket
}

/// What was asked of `export`.
struct ExportArguments: CommandArguments {
  var folder = ""
  var format = ExportFormat.csv
  var division: ExportDivision?
  /// Names of views; none stands for all.
  var views: [String] = []
  var requiresComplete = false

  static let rows: [Option<ExportArguments>] = [
    .choice(
      "format", value: "format", help: "How rows are written.", defaultText: "csv.gz",
      sets: \.format),
    Option(
      long: "by", value: "what", help: "A file for each of these, not one for all.",
      choices: ExportDivision.allCases.map(\.rawValue)
    ) { arguments, text in arguments.division = ExportDivision(rawValue: text) },
    Option(
      long: "view", value: "view", help: "Only this view, not all; may be repeated.",
      choices: SchemaManual.current.views.map(\.name)
    ) { arguments, text in
      if !arguments.views.contains(text) { arguments.views.append(text) }
    },
    .flag(
      "require-complete", help: "Exit with 3 when a bucket or account is not complete.",
      sets: \.requiresComplete),
  ]
}
