internal import AWS
internal import Arguments
internal import HTTP
internal import Report
internal import S3
internal import SQLite
internal import Vocabulary

/// `doctor`: looks at everything that a sync needs, or prints the policy that it needs.
struct DoctorCommand: Sendable {
  private let context: Context
  private let environment = Environment.process()

  /// Requests in flight: a handful is quick enough for two dozen.
  private static let connectionsMax = 8

  init(_ context: Context) {
    self.context = context
  }

  func run() async throws -> ExitStatus {
    guard context.options.connection.profiles.count <= 1 else {
      throw UsageError(
        "'doctor' looks at one '--profile' at a time.", hint: "run it once for each")
    }
    let arguments = context.options.doctor
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
    let arguments = context.options.doctor
    if !arguments.policyBuckets.isEmpty { return "--bucket" }
    return arguments.policyTargets.isEmpty ? nil : "--target-bucket"
  }

  private func policy() throws -> IAMPolicy {
    let arguments = context.options.doctor
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
    let options = context.options.connection
    let profile = try ProfileFiles.load(from: environment)
      .select(option: options.profile, environment: environment)
    let region = try RegionResolver.resolve(
      option: options.region, environment: environment, profile: profile.section)
    return Partition(of: region ?? .usEast1).id
  }

  // MARK: - Checks

  private func examine() async throws -> ExitStatus {
    var setup = DoctorSetup(context.options.connection, environment: environment)
    // What everything else waits for comes first.
    var network = try await examineNetwork(setup)
    let (account, credentialChecks) = try await connect(&setup)
    // The instance has named another endpoint than the one that was tried.
    if account?.instanceRegion != nil { network = try await examineNetwork(setup) }
    var checks = setup.checks + credentialChecks + network.checks
    checks += try await permissionChecks(account, isReachable: network.isReachable)
    checks += DoctorIndex(
      context, path: try context.indexPath(),
      temporaryFolder: context.variables["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
    ).examine()
    checks += Self.programChecks
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
        context.options.connection, environment: environment,
        limits: AccountLimits(connections: Self.connectionsMax, patience: .ofExaminations))
      if let region = account.instanceRegion {
        setup = DoctorSetup(
          context.options.connection, environment: environment, instanceRegion: region)
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
    let arguments = context.options.doctor
    let features = arguments.features.isEmpty ? Set(Feature.allCases) : arguments.features
    return try await DoctorPermissions(
      client: S3Client(account: account, options: context.options.connection.calls),
      features: features, metrics: DoctorMetrics(account, say: say).listMetrics, say: say
    ).examine(arguments.targets)
  }

  private static var programChecks: [DoctorCheck] {
    [
      DoctorCheck(.program, "s3audit", .ok, tool.version),
      DoctorCheck(.program, "SQLite", .ok, SQLiteLibrary.version),
      DoctorCheck(.program, "libcurl", .ok, HTTPLibrary.version),
      DoctorCheck(.program, "system", .ok, Terminal.systemName),
    ]
  }

  private func write(_ checks: [DoctorCheck]) throws {
    var writer = ReportWriter(columns: DoctorCheck.columns, options: context.reportOptions) {
      try Terminal.writeOutput($0)
    }
    for check in checks { try writer.append(check.row) }
    // On a terminal that is too narrow the table cuts what is most wanted.
    let isShort = context.reportOptions.isTerminal
    let notes = checks.compactMap { check -> String? in
      guard isShort, check.status != .ok, let help = check.help else { return nil }
      return "\(check.area.rawValue), \(check.name): \(check.detail). Help: \(help)"
    }
    try writer.finish(notes: notes)
  }
}
