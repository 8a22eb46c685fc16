internal import AWS
internal import Arguments
internal import HTTP
internal import Report
internal import S3
internal import SQLite
internal import System
internal import Vocabulary

/// `doctor`: checks what a sync needs.
let doctorCommand = ToolCommand(
  Command<DoctorArguments>(
    name: "doctor", abstract: "Check everything a sync needs; print policies.",
    discussion: """
      Says which profile, region, endpoint and credentials are used and where they come from, whether \
      the endpoint answers, whether this machine's clock is right, and whether the index is sound. \
      Permissions are tried one by one with requests that change nothing, on the buckets named or on \
      the first three of the account. Secrets are never printed. --verbose says what was sent.

      With --policy it prints what a feature needs, as a policy document of IAM for the partition of \
      the region, and asks nobody. With --bucket nothing in it lists the account's buckets: then name \
      them, as in 's3audit sync s3://BUCKET'. Objects encrypted with keys of your own need \
      kms:Decrypt on these keys to be read. The features are:

      \(Feature.lines)
      """,
    positionals: [
      Positional(
        name: "bucket", help: "Buckets to try permissions on: a name or s3://BUCKET/PREFIX.",
        isRequired: false, isRepeated: true)
    ],
    options: DoctorArguments.rows
      + ConnectionOptions.rows(takesProfiles: false, \.connection),
    examples: [
      Example("Why does the sync of this bucket fail?", "s3audit doctor s3://logs"),
      Example(
        "What a nightly sync may do, for an administrator:",
        "s3audit doctor --policy sync --policy properties > policy.json"),
      Example(
        "To restore versions of one bucket into another:",
        "s3audit doctor --policy restore --bucket logs --target-bucket logs-restored"),
      Example(
        "Only what a sync needs, for a script:", "s3audit doctor --feature sync --format jsonl"),
    ],
    exitStatuses: [
      ExitStatusRow(
        0, "A sync works, and so does every feature that was tried; warnings are fine."),
      ExitStatusRow(1, "Something is wrong that a sync needs."),
      ExitStatusRow(
        3, "A sync works, but a bucket or a permission was refused, or a check failed."),
      ExitStatusRow(64, "The command line could not be understood."),
      ExitStatusRow(130, "Interrupted."),
    ],
    applyPositionals: { doctor, arguments throws(UsageError) in
      for argument in arguments {
        let (bucket, prefix) = try ArgumentValues.listTarget(argument)
        doctor.targets.append(BucketTarget(name: bucket, prefix: prefix))
      }
    })
) { arguments, context in
  try await DoctorCommand(context, arguments).run()
}

extension Feature {
  /// What each feature needs permissions for, a line each.
  fileprivate static var lines: String {
    allCases.map { "  \($0.rawValue): \($0.purpose)" }.joined(separator: "\n")
  }
}

/// What was asked of `doctor`.
struct DoctorArguments: CommandArguments {
  /// What permissions are tried on; empty for the first buckets of the account.
  var targets: [BucketTarget] = []
  /// Whose permissions are tried; empty for those of the features that there are.
  var features: Set<Feature> = []
  /// Whose policy is printed; empty to look instead.
  var policies: Set<Feature> = []
  var policyBuckets: [String] = []
  var policyTargets: [String] = []
  var connection = ConnectionOptions()

  static let rows: [Option<DoctorArguments>] = [
    Option(
      long: "feature", value: "feature",
      help: "Try only what this feature needs; may be repeated.", choices: Feature.names,
      defaultText: Feature.allCases.filter(Feature.tried.contains).map(\.rawValue)
        .joined(separator: ", ")
    ) { doctor, text in doctor.features.formUnion(Feature.named(text)) },
    Option(
      long: "policy", value: "feature",
      help: "Print the least that this feature needs as an IAM policy, offline; may be repeated.",
      group: "POLICY", choices: Feature.names
    ) { doctor, text in doctor.policies.formUnion(Feature.named(text)) },
    Option(
      long: "bucket", short: "b", value: "bucket",
      help:
        "A policy for this bucket only, or for those of a pattern like 'logs-*'; may be repeated.",
      group: "POLICY", defaultText: "every bucket"
    ) { doctor, text throws(UsageError) in
      doctor.policyBuckets.append(try ArgumentValues.policyBucket(text))
    },
    Option(
      long: "target-bucket", value: "bucket",
      help: "A bucket that versions are restored to: allow writing to it; may be repeated.",
      group: "POLICY"
    ) { doctor, text throws(UsageError) in
      doctor.policyTargets.append(try ArgumentValues.policyBucket(text))
    },
  ]
}

/// Looks at everything that a sync needs, or prints the policy that it needs.
struct DoctorCommand: Sendable {
  private let context: Context
  private let arguments: DoctorArguments
  private let environment = Environment.process()

  /// Requests in flight: a handful is quick enough for two dozen.
  private static let connectionsMax = 8

  init(_ context: Context, _ arguments: DoctorArguments) {
    self.context = context
    self.arguments = arguments
  }

  func run() async throws -> ExitStatus {
    guard arguments.connection.profiles.count <= 1 else {
      throw UsageError(
        "'doctor' looks at one '--profile' at a time.", hint: "run it once for each")
    }
    guard arguments.policies.isEmpty else {
      try Terminal.writeOutput(try policy().json)
      return .done
    }
    if let option = unusedPolicyOption {
      throw UsageError(
        "The option '\(option)' is about policies.",
        hint: "add --policy FEATURE, or name buckets to try as arguments")
    }
    return try await context.interrupt.cancelling { try await examine() }
  }

  // MARK: - Policies

  private var unusedPolicyOption: String? {
    if !arguments.policyBuckets.isEmpty { return "--bucket" }
    return arguments.policyTargets.isEmpty ? nil : "--target-bucket"
  }

  private func policy() throws -> IAMPolicy {
    if !arguments.policyTargets.isEmpty, !arguments.policies.contains(.restore) {
      throw UsageError(
        "The option '--target-bucket' is about restoring versions.",
        hint: "add --policy restore")
    }
    let named = try arguments.targets.map { target throws(UsageError) in
      guard target.prefix.isStart else {
        throw UsageError(
          "The argument '\(target.text)' has a prefix, and a policy is for whole buckets.")
      }
      return try ArgumentValues.policyBucket(target.name)
    }
    return try IAMPolicy(
      features: arguments.policies, buckets: arguments.policyBuckets + named,
      targets: arguments.policyTargets, partition: try partition())
  }

  /// The partition of the region that is set; nobody is asked.
  private func partition() throws -> String {
    let options = arguments.connection
    let profile = try ProfileFiles.load(from: environment)
      .select(option: options.profile, environment: environment)
    let region = try RegionResolver.resolve(
      option: options.region, environment: environment, profile: profile.section)
    return Partition(of: region ?? .usEast1).id
  }

  // MARK: - Checks

  private func examine() async throws -> ExitStatus {
    var setup = DoctorSetup(arguments.connection, environment: environment)
    // What everything else waits for comes first.
    var network = try await examineNetwork(setup)
    let (account, credentialChecks) = try await connect(&setup)
    // The instance has named another endpoint than the one that was tried.
    if account?.instanceRegion != nil { network = try await examineNetwork(setup) }
    var checks = setup.checks + credentialChecks + network.checks
    checks += try await permissionChecks(account, isReachable: network.isReachable)
    checks += DoctorIndex(
      context, path: try context.indexPath(), temporaryFolder: context.temporaryFolder
    ).examine()
    checks += programChecks
    try write(checks)
    return ExitStatus(for: checks)
  }

  private func examineNetwork(
    _ setup: DoctorSetup
  ) async throws -> (checks: [DoctorCheck], isReachable: Bool) {
    guard let address = setup.service else {
      return (
        [DoctorCheck(.network, "connection", .skipped, "there is no endpoint to reach")], false
      )
    }
    return try await DoctorNetwork(
      to: address, caBundlePath: setup.settings?.caBundlePath, say: say
    ).examine()
  }

  private var say: @Sendable (String) -> Void {
    let context = context
    return { context.say($0) }
  }

  private func connect(_ setup: inout DoctorSetup) async throws -> (Account?, [DoctorCheck]) {
    guard setup.service != nil else {
      return (
        nil,
        [DoctorCheck(.credentials, "source", .skipped, "the configuration cannot be worked with")]
      )
    }
    do {
      let account = try await Account.connect(
        arguments.connection, environment: environment,
        limits: context.limits(connections: Self.connectionsMax, patience: .ofExaminations))
      if let region = account.instanceRegion {
        setup = DoctorSetup(
          arguments.connection, environment: environment, instanceRegion: region)
      }
      return (
        account, try await DoctorCredentials(account, now: context.now, say: say).examine()
      )
    } catch let error as CancellationError {
      throw error
    } catch {
      return (
        nil,
        [
          DoctorCheck(
            .credentials, "source", .failed, onOneLine(message(of: error)), help: hint(for: error),
            weight: .needed)
        ]
      )
    }
  }

  private func permissionChecks(
    _ account: Account?, isReachable: Bool
  ) async throws -> [DoctorCheck] {
    guard let account, isReachable else {
      let reason = isReachable ? "there are no credentials" : "the endpoint cannot be reached"
      return [DoctorCheck(.permissions, "all", .skipped, "not tried: \(reason)")]
    }
    let features = arguments.features.isEmpty ? Feature.tried : arguments.features
    return try await DoctorPermissions(
      client: S3Client(account: account, options: arguments.connection.calls),
      features: features, metrics: DoctorMetrics(account, say: say).listMetrics, say: say
    ).examine(arguments.targets)
  }

  private var programChecks: [DoctorCheck] {
    [
      DoctorCheck(.program, "s3audit", .ok, context.tool.version),
      DoctorCheck(.program, "SQLite", .ok, SQLiteLibrary.version),
      DoctorCheck(.program, "libcurl", .ok, HTTPLibrary.version),
      DoctorCheck(.program, "system", .ok, Machine.name),
    ]
  }

  private func write(_ checks: [DoctorCheck]) throws {
    var writer = ReportWriter(columns: DoctorCheck.columns, options: context.reportOptions()) {
      try Terminal.writeOutput($0)
    }
    for check in checks { try writer.append(check.row) }
    // On a terminal that is too narrow the table cuts what is most wanted.
    let isShort = context.reportOptions().isTerminal
    let notes = checks.compactMap { check -> String? in
      guard isShort, check.status != .ok, let help = check.help else { return nil }
      return "\(check.area.rawValue), \(check.name): \(check.detail). Help: \(help)"
    }
    writer.notes = notes
    try writer.finish()
  }
}
