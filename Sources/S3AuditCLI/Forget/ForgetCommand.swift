internal import Arguments
internal import Index
internal import Vocabulary

/// `forget`: drops buckets, and accounts, from the index.
let forgetCommand = ToolCommand(
  Command<ForgetArguments>(
    name: "forget", abstract: "Drop buckets from the index, whether they still exist or not.",
    discussion: """
      Nothing is deleted but what the index holds. A bucket that still exists comes back with the next \
      sync that lists it. With --account alone, everything of the accounts is dropped, and that \
      their lists of buckets could not be read.
      """,
    positionals: [
      Positional(
        name: "bucket", help: "A bucket, or a pattern of buckets like 'logs-*'.", isRequired: false,
        isRepeated: true)
    ],
    options: [
      Option(
        long: "account", value: "pattern",
        help: "Buckets of accounts whose number, owner, profile or server matches; may be repeated."
      ) { forget, text in forget.accounts.append(text) }
    ],
    examples: [
      Example("One bucket:", "s3audit forget old-logs"),
      Example("An account that is no longer synced:", "s3audit forget --account audit"),
    ],
    exitStatuses: ExitStatus.rows,
    applyPositionals: { forget, arguments throws(UsageError) in
      for argument in arguments { forget.scopes.append(try ArgumentValues.wholeBucket(argument)) }
    })
) { arguments, context in
  try await ForgetCommand(context, arguments).run()
}

/// What was asked of `forget`.
struct ForgetArguments: CommandArguments {
  var scopes: [ObjectFilter.Scope] = []
  var accounts: [String] = []
}

private struct ForgetCommand: Sendable {
  private let context: Context
  private let arguments: ForgetArguments

  init(_ context: Context, _ arguments: ForgetArguments) {
    self.context = context
    self.arguments = arguments
  }

  func run() async throws -> ExitStatus {
    guard !arguments.scopes.isEmpty || !arguments.accounts.isEmpty else {
      throw UsageError("Nothing is named that could be forgotten.", hint: "name a bucket")
    }
    return try await context.interrupt.cancelling { try await forget() }
  }

  private func forget() async throws -> ExitStatus {
    let path = try context.indexPath()
    context.say("index: \(path)")
    guard IndexFiles(path: path) != nil else { throw IndexError.missing(path: path) }
    let writer = try IndexWriter(
      path: path, patience: context.patience(indexPath: path), now: systemTime)
    let (status, rest) = try await writer.resting { try await forget(path, writer) }
    context.say(rest, of: path)
    return status
  }

  private func forget(_ path: String, _ writer: IndexWriter) async throws -> ExitStatus {
    let (buckets, gaps) = try named(path)
    var objects: [Int64] = []
    for bucket in buckets {
      try await writer.forget(bucket: bucket.name, endpoint: bucket.endpoint)
      objects.append(bucket.objects)
    }
    try await writer.forgetLists(ofAccounts: Set(buckets.compactMap(\.account?.id)))
    for gap in gaps { try await writer.forget(gap) }
    guard !context.options.output.isQuiet else { return .done }
    let names =
      buckets.map { $0.name.escapingControls() } + gaps.map { $0.label.escapingControls() }
    try Terminal.writeOutput(
      "Forgot \(counted(Int64(buckets.count), "bucket")) with "
        + "\(counted(objects.saturatedSum(), "object")): \(names.joined(separator: ", "))\n")
    return .done
  }

  /// What is meant, while nothing is written yet.
  private func named(_ path: String) throws -> ([BucketSummary], [AccountGap]) {
    let reader = try IndexReader(path: path, now: context.now)
    var filter = ObjectFilter()
    filter.scopes = arguments.scopes
    filter.accounts = arguments.accounts
    let reach = try reader.reach(of: filter)
    for scope in arguments.scopes where !scope.isPattern {
      let servers = reach.buckets.filter { $0.name == scope.bucketPattern }.map(\.endpoint)
      guard servers.count < 2 else {
        throw CommandFailure(
          message: "\(servers.count) servers have a bucket \(scope.bucketPattern)",
          hint: "name one of them with --account: "
            + servers.filter { !$0.isEmpty }.joined(separator: ", "))
      }
    }
    return (reach.buckets, arguments.scopes.isEmpty ? reach.gaps : [])
  }
}
