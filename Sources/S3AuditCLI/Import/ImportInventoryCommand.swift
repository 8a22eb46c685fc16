internal import AWS
internal import Arguments
internal import Index
internal import Inventory
internal import S3
internal import Vocabulary

/// `import inventory`: takes an inventory of S3 over in the place of a listing.
let importInventoryCommand = ToolCommand(
  Command<ImportInventoryArguments>(
    name: "inventory", abstract: "Take over an S3 Inventory in the place of a listing.",
    discussion: """
      Reads an inventory as S3 delivers it in CSV: its manifest.json, the folder with its dates, of which the \
      newest complete one is taken, or a copy of these on this machine, with the data files beside the manifest by \
      their keys or names. Rows may come in any order. Every file is checked before anything is written; then only \
      differences are, as by a sync of the moment at which S3 began to make the inventory. Inventories of all \
      versions fill versions as 'sync --versions' does. Columns may be missing that are not needed: an unknown ETag \
      is no change.

      An inventory of a prefix looks like one of the whole bucket; its configuration tells, where it may be read. Where \
      nobody says it, only the keys that begin with what all keys of the inventory begin with are taken as known. \
      Parquet and ORC are converted by scripts/inventory-csv, which needs duckdb or pyarrow.
      """,
    positionals: [
      Positional(
        name: "source", help: "s3://BUCKET/KEY of a manifest or a folder, or a path here.",
        isRequired: false)
    ],
    options: ImportInventoryArguments.rows
      + ConnectionOptions.rows(takesProfiles: false, \.connection),
    examples: [
      Example(
        "The newest inventory of a configuration:",
        "s3audit import inventory s3://inventories/logs/everything/"),
      Example(
        "That of one day:",
        "s3audit import inventory s3://inventories/logs/everything/ --date 2026-11-29"),
      Example("A copy of it:", "s3audit import inventory ./everything/"),
      Example(
        "Rows that scripts/inventory-csv has written:",
        "s3audit import inventory --csv rows.csv --schema \"Bucket, Key, …\""),
    ],
    exitStatuses: [
      ExitStatusRow(0, "Done."),
      ExitStatusRow(1, "Failed; the index is as it was."),
      ExitStatusRow(3, "Finished, but the bucket is not complete."),
      ExitStatusRow(64, "The command line could not be understood."),
      ExitStatusRow(130, "Interrupted; the same command begins again and writes what is missing."),
    ],
    applyPositionals: { arguments, sources throws(UsageError) in
      arguments.source = sources.first
      try arguments.check()
    })
) { arguments, context in
  try await ImportInventory(context, arguments).run()
}

/// What was asked of `import inventory`.
struct ImportInventoryArguments: CommandArguments {
  var source: String?
  var date: String?
  var prefix: String?
  var isWholeBucket = false
  var isForced = false
  var csv: String?
  var schema: String?
  var time: Timestamp?
  var connection = ConnectionOptions()

  static let rows: [Option<ImportInventoryArguments>] = [
    Option(
      long: "date", value: "date",
      help:
        "The inventory of this day or moment of a folder, like 2026-11-29 or 2026-11-29T01-00Z.",
      defaultText: "the newest complete one"
    ) { arguments, text throws(UsageError) in
      guard InventoryDate.isBeginning(text) else {
        throw .invalidValue("use a day like 2026-11-29, or a folder's name like 2026-11-29T01-00Z")
      }
      arguments.date = text
    },
    Option(
      long: "prefix", value: "prefix",
      help: "The inventory is of the keys that begin so, whatever its configuration says."
    ) { arguments, text throws(UsageError) in
      guard !text.isEmpty else { throw .invalidValue("use --whole-bucket for all keys") }
      arguments.prefix = text
    },
    .flag(
      "whole-bucket", help: "The inventory is of all keys, whatever its configuration says.",
      sets: \.isWholeBucket),
    .flag(
      "force", help: "Import an inventory that is older than what the index knows.",
      sets: \.isForced),
    Option(
      long: "csv", value: "file",
      help: "Rows in S3's CSV form without a manifest, also compressed; - is standard input."
    ) { arguments, text in arguments.csv = text },
    Option(
      long: "schema", value: "columns",
      help: "The columns of --csv, as manifests name them: 'Bucket, Key, Size, …'."
    ) { arguments, text in arguments.schema = text },
    Option(
      long: "time", value: "time",
      help: "The moment that the rows of --csv are of, like 2026-11-29T01:00:00Z.",
      defaultText: "the latest time in the rows"
    ) { arguments, text throws(UsageError) in
      guard let time = Timestamp(written: text) else {
        throw .invalidValue("use a time like 2026-11-29T01:00:00Z")
      }
      arguments.time = time
    },
  ]

  fileprivate func check() throws(UsageError) {
    guard source == nil || csv == nil else {
      throw UsageError(
        "An inventory and '--csv' were both named.", hint: "name one of them")
    }
    guard source != nil || csv != nil else {
      throw UsageError(
        "There is nothing to import.",
        hint: "name a manifest.json, a folder of inventories, or rows with --csv")
    }
    if csv != nil, schema == nil {
      throw UsageError(
        "The option '--csv' needs the names of the columns.",
        hint: "give --schema, as scripts/inventory-csv writes it to standard error")
    }
    if csv == nil, schema != nil || time != nil {
      throw UsageError(
        "The options '--schema' and '--time' are for '--csv': a manifest says both.",
        hint: "leave them out")
    }
    if csv != nil, date != nil {
      throw UsageError(
        "The option '--date' is for folders of inventories, not for '--csv'.",
        hint: "leave it out, or say --time")
    }
    if prefix != nil, isWholeBucket {
      throw UsageError(
        "The options '--prefix' and '--whole-bucket' exclude each other.",
        hint: "leave one of them out")
    }
  }
}
