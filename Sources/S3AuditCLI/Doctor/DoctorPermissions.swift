internal import AWS
internal import S3
internal import Synchronization
internal import Vocabulary

/// Tries the permissions of features one by one, each with the cheapest request that needs it.
struct DoctorPermissions: Sendable {
  private let client: S3Client
  private let permissions: [Permission]
  private let say: @Sendable (String) -> Void
  private let metrics: MetricsTrial
  private let outage = Outage()

  /// Buckets that are tried of an account; the first few speak for the others.
  private static let bucketsMax = 3

  /// How a permission of CloudWatch is tried.
  typealias MetricsTrial = @Sendable () async throws -> PermissionVerdict

  init(
    client: S3Client, features: Set<Feature>, metrics: @escaping MetricsTrial,
    say: @escaping @Sendable (String) -> Void
  ) {
    self.client = client
    permissions = Permission.all.filter { $0.serves(features) }
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
      // Permissions on the target of a restore and on keys are not tied to a bucket: say once why they were not
      // tried.
      let isSaidOnce = [.targetBucket, .targetObject, .encryptionKey].contains(permission.resource)
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
      let isDenied = error.isDenial
      return (
        DoctorCheck(
          .permissions, action, isDenied ? .denied : .failed, "\(error)",
          help: isDenied
            ? "name the buckets that you may list: s3audit doctor s3://BUCKET; or allow it, as "
              + "'s3audit doctor --policy sync' shows"
            : error.hint?.text,
          feature: .sync, weight: .needed),
        []
      )
    }
  }

  // MARK: - One bucket

  /// The permissions on one bucket and what is in it, in the order of the table.
  private func examine(_ target: BucketTarget) async throws -> [DoctorCheck] {
    let isDirectory = S3Client.isDirectoryBucket(target.name)
    let onBucket =
      isDirectory
      // What is done with its keys is done in a session, whatever the feature.
      ? Permission.all.filter { $0.resource == .directorySession }
        + permissions.filter { $0.resource == .directoryBucket }
      : permissions.filter { $0.resource == .bucket }
    let verdicts = try await withThrowingTaskGroup(of: (Int, PermissionVerdict).self) { group in
      for (place, permission) in onBucket.enumerated() {
        group.addTask { (place, try await attempt(permission, on: target)) }
      }
      return try await group.reduce(into: [Int: PermissionVerdict]()) { $0[$1.0] = $1.1 }
    }
    var checks = onBucket.indices.compactMap { place in
      verdicts[place].map { Self.check(onBucket[place], $0, on: target) }
    }
    for permission in permissions
    where [.object, .copiedObject].contains(permission.resource) && !isDirectory {
      checks.append(try await examine(permission, in: target))
    }
    return checks
  }

  private func attempt(
    _ permission: Permission, on target: BucketTarget
  ) async throws -> PermissionVerdict {
    let trial = permission.trial
    switch trial {
    case .list, .session:
      return try await judging("list \(target.text)", trial) {
        _ = try await firstPage(of: target)
        return .allowed("allowed")
      }
    case .property(let name):
      return try await judging("read \(name.rawValue) of \(target.text)", trial) {
        PermissionVerdict(of: try await client.property(name, of: target.name))
      }
    case .get(let parameters):
      let query =
        parameters + (trial == Permission.listVersions ? target.prefixParameters : [])
      return try await judging("GET \(target.request(query: query))", trial) {
        PermissionVerdict(
          of: try await client.probe(bucket: target.name, query: query), to: trial)
      }
    case .listBuckets, .head, .tags, .listMetrics, .none:
      preconditionFailure("\(permission.action) is not tried on a bucket")
    }
  }

  /// HEAD of the first key that a listing finds, or GET of its tags.
  private func examine(
    _ permission: Permission, in target: BucketTarget
  ) async throws -> DoctorCheck {
    let isVersion: Bool
    switch permission.trial {
    case .head(let version), .tags(let version): isVersion = version
    case .none(let reason): return Self.notTried(permission, reason, on: target)
    case .listBuckets, .list, .property, .get, .listMetrics, .session:
      preconditionFailure("\(permission.action) is not tried on an object")
    }
    guard let found = try await firstKey(of: target, isVersion: isVersion) else {
      return Self.notTried(
        permission, "no \(isVersion ? "version" : "key") was found to try it with", on: target)
    }
    let ofTags = permission.trial == .tags(version: isVersion)
    let method = ofTags ? "GET" : "HEAD"
    let query =
      (ofTags ? [QueryParameter("tagging")] : [])
      + (found.id.map { [QueryParameter("versionId", $0)] } ?? [])
    let verdict = try await judging(
      "\(method) \(target.request(key: found.key, query: query))", permission.trial
    ) {
      let answer = try await client.probe(
        method, bucket: target.name, key: found.key, query: query)
      return PermissionVerdict(of: answer, to: permission.trial)
    }
    return Self.check(permission, verdict, on: target)
  }

  private func firstPage(of target: BucketTarget) async throws -> ListPage {
    try await client.listObjects(
      bucket: target.name, prefix: target.prefix, from: .after(.start), keysMax: 1)
  }

  /// Whether a request was not answered: then no more are sent, as each would take as long.
  private final class Outage: Sendable {
    private let state = Mutex(false)

    var isThere: Bool { state.withLock { $0 } }

    func begin() { state.withLock { $0 = true } }
  }

  /// Nil when there is none, and when nothing can be listed, which has a check of its own.
  private func firstKey(
    of target: BucketTarget, isVersion: Bool
  ) async throws -> (key: Key, id: String?)? {
    guard !outage.isThere else { return nil }
    do {
      guard isVersion else {
        return try await firstPage(of: target).objects.firstKey.map { ($0, nil) }
      }
      let query = Permission.listVersions.parameters + target.prefixParameters
      return try await client.probe(bucket: target.name, query: query).firstVersion
        .map { ($0.key, $0.id) }
    } catch is S3Error {
      return nil
    } catch is ConfigurationError {
      return nil
    }
  }

  /// Says what came of a request, and judges what it was refused for.
  private func judging(
    _ request: String, _ trial: Permission.Trial,
    _ body: () async throws -> PermissionVerdict
  ) async throws -> PermissionVerdict {
    guard !outage.isThere else {
      return .skipped("not tried: another request was not answered")
    }
    do {
      let verdict = try await body()
      say("\(request) → \(verdict.text)")
      return verdict
    } catch let error as S3Error {
      say("\(request) → \(error)")
      if error.statusCode == nil { outage.begin() }
      return PermissionVerdict(refusal: error, to: trial)
    } catch let error as ConfigurationError {
      return .failed(onOneLine(message(of: error)), help: hint(for: error))
    }
  }

  // MARK: - Checks

  private func check(_ permission: Permission) async throws -> DoctorCheck {
    switch permission.trial {
    case .listMetrics: Self.check(permission, try await metrics(), on: nil)
    case .none(let reason): Self.notTried(permission, reason)
    case .listBuckets, .list, .property, .get, .head, .tags, .session:
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
      case .denied(let detail) where permission.isOptional,
        .failed(let detail, _) where permission.isOptional:
        (.warning, "\(detail); a sync does without it", nil)
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

extension Permission {
  /// Whether a sync of the bucket fails without it.
  fileprivate var listsBuckets: Bool { trial == .list || trial == .session }
}

extension Permission.Trial {
  /// What a GET on the bucket has in its query; nothing for other trials.
  fileprivate var parameters: [QueryParameter] {
    if case .get(let parameters) = self { parameters } else { [] }
  }
}
