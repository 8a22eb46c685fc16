internal import Arguments
internal import Server

/// `serve`: the answers over HTTP.
let serveCommand = ToolCommand(
  Command<ServeArguments>(
    name: "serve", abstract: "Answer over HTTP, for scripts and people.",
    discussion: """
      Everything is answered from the index, which may be synced, replaced or made meanwhile; nothing is asked of S3. \
      Questions are those of 'query' at /api/v1/NAME, their options with _ for -: /api/v1/du?bucket=logs&depth=2. \
      /api/v1/ lists them, and /api/v1/openapi.json describes them for programs; /metrics is for Prometheus. \
      Rows come as JSON in an envelope, or with fmt=jsonl, csv or tsv as the bytes of the command. Long answers go on \
      behind a cursor. With a token, requests send 'Authorization: Bearer …', or token=… where they cannot. Without \
      one only this machine is listened to. SIGHUP reads token and certificate anew; SIGTERM answers what was \
      asked, and ends.
      """,
    options: ServeArguments.rows + MetricsOptions.rows(\.metrics),
    examples: [
      Example("On this machine:", "s3audit serve"),
      Example(
        "For others, who send a token:", "s3audit serve --listen 0.0.0.0:9412 --token-file token"),
      Example("What a script asks:", "curl 'http://127.0.0.1:9412/api/v1/buckets?fmt=tsv'"),
    ],
    exitStatuses: ExitStatus.rowsOfServer)
) { arguments, context in
  try await ServeRun(arguments, context).run()
}

extension ExitStatus {
  /// What the codes mean for a command that runs until it is told to end.
  fileprivate static let rowsOfServer = [
    ExitStatusRow(0, "It was told to end."), ExitStatusRow(1, "Failed."),
    ExitStatusRow(64, "The command line could not be understood."),
  ]
}
