internal import AWS
internal import Crawl
internal import HTTP
internal import Index
internal import S3
internal import Signing
internal import Vocabulary

/// What requests say of the program that sends them.
let userAgent = "s3audit/\(IndexFile.programVersion)"

extension Context {
  /// The limits that the accounts of one command share.
  ///
  /// Says so where the process may not open as many connections as a usual sync has.
  func limits(
    connections: Int, requestsPerSecondMax: Double? = nil, patience: Patience = .ofCrawls,
    spending: SpendingLimit? = nil
  ) -> AccountLimits {
    let possible = HTTPClient.connectionsPossible
    if possible < min(connections, RequestBudget.inFlightOfFirstCrawl), !options.output.isQuiet {
      Terminal.writeError(
        """
        Warning: this process may have few open files, so only \(possible) requests are in flight
        Help:  raise the limit: ulimit -n 1024

        """)
    }
    return AccountLimits(
      connections: min(connections, possible), requestsPerSecondMax: requestsPerSecondMax,
      patience: patience, spending: spending, userAgent: userAgent)
  }
}

extension Account {
  /// The account that the options of the command line name, to ask for `buckets`.
  ///
  /// - Throws: what `Account.connect` throws.
  static func connect(
    _ options: ConnectionOptions, for buckets: [String] = [],
    environment: Environment = .process(), limits: AccountLimits
  ) async throws -> Account {
    let time = CallerEnvironment(now: {
      SigningTime(secondsSinceEpoch: systemTime().millisecondsSinceEpoch / 1_000)
    })
    return try await connect(
      options.account(for: buckets), environment: environment, limits: limits, time: time)
  }

  /// Where its credentials come from, in words.
  var sourceText: String { credentialsSource ?? "none (--no-sign-request)" }

  /// What `--verbose` says of the account, line by line.
  var verboseLines: [String] {
    let endpoint =
      switch bucketNamespace {
      case "": "AWS"
      case let name where name.hasPrefix("aws"): "AWS, partition \(name)"
      case let name: name
      }
    return [
      "credentials: \(sourceText); region: \(s3Endpoint.region.name)"
        + (instanceRegion == nil ? "" : ", the instance's"), "endpoint: \(endpoint)",
    ]
  }
}

extension S3Client {
  /// What to say about this machine's clock when it had to be corrected; nil while it serves.
  var clockNote: String? {
    let seconds = clockOffsetSeconds
    guard seconds != 0 else { return nil }
    return "clock: \(abs(seconds)) seconds \(seconds > 0 ? "behind" : "ahead of") the service's; "
      + "requests are signed with the service's time"
  }
}
