internal import Arguments
internal import Index
internal import Migrations
internal import Vocabulary

/// `metadata`: what other programs have to be told of an index to show it well.
let metadataCommand = ToolCommand(
  group: Command<MetadataGroupArguments>(
    name: "metadata", abstract: "Tell another program what the index's views and columns hold."),
  [datasetteCommand])

private struct MetadataGroupArguments: CommandArguments {}

private let datasetteCommand = ToolCommand(
  Command<MetadataArguments>(
    name: "datasette", abstract: "Print the metadata with which Datasette shows an index.",
    discussion: """
      Datasette (https://datasette.io) is a web page for any SQLite file. With this it shows the views by their \
      titles, what each column holds and in which unit, the largest first, and the questions of the manual as \
      queries to be run; the tables behind the views are hidden. It is named after the file that --index names, \
      which need not be there yet. With '--setting suggest_facets off --setting sql_time_limit_ms 3000' it takes \
      large indexes as well.
      """,
    examples: [
      Example("Once:", "s3audit metadata datasette > metadata.json"),
      Example(
        "Then:",
        "datasette ~/.local/share/s3audit/index.sqlite3 -m metadata.json"),
    ])
) { _, context in
  let metadata = DatasetteMetadata(
    database: DatasetteMetadata.database(ofFile: try context.indexPath()),
    tables: try IndexSchema.tables(now: context.now))
  try Terminal.writeOutput(
    String(decoding: metadata.json(of: .current).encoded(), as: UTF8.self) + "\n")
  return .done
}

private struct MetadataArguments: CommandArguments {}
