internal import AWS
internal import S3
internal import Vocabulary

/// Tries the permissions of features one by one, each with the cheapest request that needs it.
struct DoctorPermissions: Sendable {
  private let client: S3Client
  private let permissions: [Permission]
  private let say: @Sendable (String) -> Void
  private let metrics: MetricsTrial

  /// Of an account without end, the first buckets speak for the others.
  private static let bucketsMax = 3

  /// How a permission of CloudWatch is tried.
  typealias MetricsTrial = @Sendable () async throws -> PermissionVerdict

  init(
    client: S3Client, features: Set<Feature>, metrics: @escaping MetricsTrial,
    say: @escaping @Sendable (String) -> Void
  ) {
    self.client = client
    permissions = Permission.all.filter { features.contains($0.feature) }
    self.metrics = metrics
    self.say = say
  }

  /// Tries the buckets that are named, else the first of the account.
  func examine(_ named: [BucketTarget]) async throws -> [DoctorCheck] {
    var checks: [DoctorCheck] = []
    var targets = named
    if named.isEmpty {
      let listed = try await listBuckets()
      checks.append(listed.check)
      targets = listed.targets
    } else if let permission = permissions.first(where: { $0.trial == .listBuckets }) {
      checks.append(Self.notTried(permission, "buckets are named, so none are looked for"))
    }
    for target in targets { checks += try await examine(target) }
    for permission in permissions where permission.resource == .anything {
      if permission.trial == .listBuckets { continue }
      checks.append(try await check(permission))
    }
    for permission in permissions {
      // What no bucket is needed for to say.
      let isSaidOnce = permission.resource == .targetObject
      if isSaidOnce, case .none(let reason) = permission.trial {
        checks.append(Self.notTried(permission, reason))
      }
    }
    return checks
  }

  private func listBuckets() async throws -> (check: DoctorCheck, targets: [BucketTarget]) {
    let action = "s3:ListAllMyBuckets"
    do {
      let list = try await client.listBuckets()
      say("GET \(S3Client.bucketListResource) → \(list.buckets.count)")
      let chosen = list.buckets.prefix(Self.bucketsMax)
      for bucket in chosen {
        if let region = bucket.region { client.remember(region: region, of: bucket.name) }
      }
      let names = chosen.map { $0.name.escapingControls() }.joined(separator: ", ")
      let rest = list.buckets.count > chosen.count ? "; tried below: \(names)" : ""
      let count = counted(Int64(list.buckets.count), "bucket")
      return (
        DoctorCheck(
          .permissions, action, .ok, "allowed: \(count)\(rest)", feature: .sync, weight: .needed),
        chosen.map { BucketTarget(name: $0.name, prefix: .start) }
      )
    } catch let error as S3Error {
      let isDenied = error.code == "AccessDenied" || (error.code == nil && error.statusCode == 403)
      return (
        DoctorCheck(
          .permissions, action, isDenied ? .denied : .failed, "\(error)",
          help: isDenied
            ? "name the buckets that you may list: s3audit doctor s3://BUCKET; or allow it, as "
              + "'s3audit doctor --policy sync' shows"
            : error.hint,
          feature: .sync, weight: .needed),
        []
      )
    }
  }

  // MARK: - One bucket

  /// The permissions on one bucket and what is in it, in the order of the table.
  private func examine(_ target: BucketTarget) async throws -> [DoctorCheck] {
    // All that is done with a directory bucket is done in a session.
    let isDirectory = S3Client.isDirectoryBucket(target.name)
    let onBucket =
      isDirectory
      ? Permission.all.filter { $0.resource == .directoryBucket }
      : permissions.filter { $0.resource == .bucket }
    let outcomes = try await withThrowingTaskGroup(of: (Int, Outcome).self) { group in
      for (place, permission) in onBucket.enumerated() {
        group.addTask { (place, try await attempt(permission, on: target)) }
      }
      return try await group.reduce(into: [Int: Outcome]()) { $0[$1.0] = $1.1 }
    }
    var checks = onBucket.indices.compactMap { place in
      outcomes[place].map { Self.check(onBucket[place], $0.verdict, on: target) }
    }
    for permission in permissions where permission.resource == .object && !isDirectory {
      checks.append(try await examine(permission, in: target))
    }
    return checks
  }

  private struct Outcome: Sendable {
    var verdict: PermissionVerdict
    var answer: ProbeAnswer?
  }

  private func attempt(_ permission: Permission, on target: BucketTarget) async throws -> Outcome {
    // A listing is what a session is made for.
    let trial = permission.trial == .session ? Permission.list : permission.trial
    guard case .get(let parameters) = trial else {
      preconditionFailure("\(permission.action) is not tried on a bucket")
    }
    return try await ask(
      "GET", target, query: parameters + target.parameters(for: trial), trial: trial)
  }

  /// HEAD of the first key that a listing finds.
  private func examine(
    _ permission: Permission, in target: BucketTarget
  ) async throws -> DoctorCheck {
    let isVersion: Bool
    switch permission.trial {
    case .head(let version): isVersion = version
    case .none(let reason): return Self.notTried(permission, reason, on: target)
    case .listBuckets, .get, .listMetrics, .session:
      preconditionFailure("\(permission.action) is not tried on an object")
    }
    let listing = isVersion ? Permission.listVersions : Permission.list
    let page = try await ask(
      "GET", target, query: listing.parameters + target.prefixParameters, trial: listing)
    let found: (key: Key, id: String?)? =
      isVersion
      ? page.answer?.firstVersion.map { ($0.key, $0.id) }
      : page.answer?.firstKey.map { ($0, nil) }
    guard let found else {
      return Self.notTried(
        permission, "no \(isVersion ? "version" : "key") was found to try it with", on: target)
    }
    let outcome = try await ask(
      "HEAD", target, key: found.key,
      query: found.id.map { [QueryParameter("versionId", $0)] } ?? [],
      trial: permission.trial)
    return Self.check(permission, outcome.verdict, on: target)
  }

  private func ask(
    _ method: String, _ target: BucketTarget, key: Key? = nil, query: [QueryParameter],
    trial: Permission.Trial
  ) async throws -> Outcome {
    let place = target.request(key: key, query: query)
    do {
      let answer = try await client.probe(method, bucket: target.name, key: key, query: query)
      say("\(method) \(place) → \(answer.status)\(answer.code.map { " \($0)" } ?? "")")
      return Outcome(verdict: PermissionVerdict(of: answer, to: trial), answer: answer)
    } catch let error as S3Error {
      say("\(method) \(place) → \(error)")
      return Outcome(verdict: .failed(onOneLine("\(error)"), help: error.hint), answer: nil)
    } catch let error as ConfigurationError {
      return Outcome(verdict: .failed(onOneLine("\(error)"), help: error.help), answer: nil)
    }
  }

  // MARK: - Checks

  private func check(_ permission: Permission) async throws -> DoctorCheck {
    switch permission.trial {
    case .listMetrics: Self.check(permission, try await metrics(), on: nil)
    case .none(let reason): Self.notTried(permission, reason)
    case .listBuckets, .get, .head, .session:
      preconditionFailure("\(permission.action) is tried on a bucket")
    }
  }

  private static func notTried(
    _ permission: Permission, _ reason: String, on target: BucketTarget? = nil
  ) -> DoctorCheck {
    DoctorCheck(
      .permissions, permission.action, .skipped, "not tried: \(reason)",
      feature: permission.feature, resource: target?.text)
  }

  private static func check(
    _ permission: Permission, _ verdict: PermissionVerdict, on target: BucketTarget?
  ) -> DoctorCheck {
    let bucket = target.map { " --bucket \($0.name.escapingControls())" } ?? ""
    let policy = "s3audit doctor --policy \(permission.feature.rawValue)\(bucket)"
    let (status, detail, help): (DoctorCheck.Status, String, String?) =
      switch verdict {
      case .allowed(let detail): (.ok, detail, nil)
      case .denied(let detail): (.denied, detail, "'\(policy)' shows what to allow")
      case .unsupported(let detail): (.unsupported, detail, nil)
      case .skipped(let detail): (.skipped, detail, nil)
      case .failed(let detail, let help):
        (.failed, detail, help ?? "run again; --verbose says what was sent")
      }
    return DoctorCheck(
      .permissions, permission.action, status, detail, help: help, feature: permission.feature,
      resource: target?.text,
      weight: permission.listsBuckets ? .bucket : .optional)
  }
}

/// A bucket, or a prefix of it, that permissions are tried on.
struct BucketTarget: Equatable, Sendable {
  var name: String
  var prefix: Key

  var text: String {
    let prefix = prefix.isStart ? "" : "/\(prefix.text.escapingControls())"
    return "s3://\(name.escapingControls())\(prefix)"
  }

  var prefixParameters: [QueryParameter] {
    prefix.isStart ? [] : [QueryParameter(name: Array("prefix".utf8), value: prefix.bytes)]
  }

  /// A permission may be given for the keys below a prefix only.
  func parameters(for trial: Permission.Trial) -> [QueryParameter] {
    let isListing = trial == Permission.list || trial == Permission.listVersions
    return isListing ? prefixParameters : []
  }

  /// A request to it, as people read it.
  func request(key: Key?, query: [QueryParameter]) -> String {
    let path = key.map { "/\($0.text.escapingControls())" } ?? ""
    let parameters = query.map { parameter in
      let value = String(decoding: parameter.value, as: UTF8.self).escapingControls()
      return String(decoding: parameter.name, as: UTF8.self) + (value.isEmpty ? "" : "=\(value)")
    }
    return "s3://\(name.escapingControls())\(path)"
      + (parameters.isEmpty ? "" : "?\(parameters.joined(separator: "&"))")
  }
}

extension Permission {
  /// Whether a sync of the bucket fails without it.
  fileprivate var listsBuckets: Bool { trial == Self.list || trial == .session }
}

extension Permission.Trial {
  /// What a GET on the bucket has in its query; nothing for other trials.
  fileprivate var parameters: [QueryParameter] {
    if case .get(let parameters) = self { parameters } else { [] }
  }
}
