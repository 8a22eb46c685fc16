internal import Arguments
internal import S3

/// The least that features need, as a policy document of IAM
/// (IAM User Guide, "IAM JSON policy reference").
struct IAMPolicy: Equatable, Sendable {
  struct Statement: Equatable, Sendable {
    /// A name of letters and digits.
    var id: String
    var actions: [String]
    var resources: [String]
    /// Whether the sessions that it allows may only read.
    var isReadOnlySession = false
    /// Whether keys are used only by S3, to read what it has encrypted.
    var isForS3Alone = false

    /// What restricts it further, as JSON behind its other members.
    fileprivate var condition: String {
      isReadOnlySession ? IAMPolicy.readOnlySession : isForS3Alone ? IAMPolicy.forS3Alone : ""
    }
  }

  /// KMS Developer Guide, "kms:ViaService".
  private static let forS3Alone = """
    ,
            "Condition": {
              "StringLike": {
                "kms:ViaService": "s3.*"
              }
            }
    """

  /// Sessions are opened with this mode (API Reference, "CreateSession").
  private static let readOnlySession = """
    ,
            "Condition": {
              "StringEquals": {
                "s3express:SessionMode": "ReadOnly"
              }
            }
    """

  /// One for each shape of resource.
  private(set) var statements: [Statement]

  /// A policy for `features` on buckets of one partition, such as `aws-cn`.
  ///
  /// Without names it holds for every bucket. With names, nothing lists the account's buckets, but for
  /// an estimate, which has no other way to their regions. The
  /// bucket that versions are restored to is always named: nothing may write everywhere.
  ///
  /// - Throws: `UsageError` when no permission is left.
  init(
    features: Set<Feature>, buckets: [String] = [], targets: [String] = [], partition: String
  ) throws(UsageError) {
    let names = Names(buckets: buckets, targets: targets, partition: partition)
    var permissions = Permission.needed(for: features)
    if !buckets.isEmpty, !features.contains(.estimate) {
      permissions.removeAll { $0.trial == .listBuckets }
    }
    // What is done with the keys of a directory bucket is done in a session.
    if names.hasDirectoryBuckets, !features.contains(.directory) {
      permissions += Permission.needed(for: [.directory])
    }
    // Directory buckets are found by name only: without a name of one, no permission on them is
    // needed.
    if !names.hasDirectoryBuckets, !features.contains(.directory) {
      permissions.removeAll { $0.resource == .directoryBucket }
    }
    statements = Permission.Resource.allCases.compactMap { resource in
      let actions = permissions.filter { $0.resource == resource }.map(\.action)
      let resources = names.resources(of: resource)
      guard !actions.isEmpty, !resources.isEmpty else { return nil }
      return Statement(
        id: Self.id(of: resource), actions: actions, resources: resources,
        isReadOnlySession: resource == .directorySession,
        isForS3Alone: resource == .encryptionKey)
    }
    guard !statements.isEmpty else {
      throw UsageError(
        "None of the buckets is a directory bucket.",
        hint: "the names of directory buckets end in --x-s3")
    }
  }

  /// The document, indented by two spaces, with a line end.
  ///
  /// Nothing in it needs an escape: names of buckets have been checked.
  var json: String {
    let statements = statements.map { statement in
      """
          {
            "Sid": "\(statement.id)",
            "Effect": "Allow",
            "Action": [
      \(Self.lines(statement.actions))
            ],
            "Resource": [
      \(Self.lines(statement.resources))
            ]\(statement.condition)
          }
      """
    }
    return """
      {
        "Version": "2012-10-17",
        "Statement": [
      \(statements.joined(separator: ",\n"))
        ]
      }

      """
  }

  private static func lines(_ texts: [String]) -> String {
    texts.map { "        \"\($0)\"" }.joined(separator: ",\n")
  }

  private static func id(of resource: Permission.Resource) -> String {
    switch resource {
    case .anything: "Account"
    case .bucket: "Buckets"
    case .object: "Objects"
    case .copiedObject: "CopiedObjects"
    case .directorySession: "DirectoryBuckets"
    case .directoryBucket: "DirectoryBucketSettings"
    case .targetBucket: "TargetBuckets"
    case .targetObject: "TargetObjects"
    case .encryptionKey: "Keys"
    }
  }
}

/// The buckets of a policy as resource names.
private struct Names {
  private let general: [String]
  private let directory: [String]
  private let targets: [String]
  private let partition: String
  private let isEverything: Bool

  init(buckets: [String], targets: [String], partition: String) {
    isEverything = buckets.isEmpty
    general = buckets.filter { !S3Client.isDirectoryBucket($0) }
    directory = buckets.filter(S3Client.isDirectoryBucket)
    self.targets = targets
    self.partition = partition
  }

  var hasDirectoryBuckets: Bool { !directory.isEmpty }

  private var objects: [String] {
    (isEverything ? ["*"] : general).map { "arn:\(partition):s3:::\($0)/*" }
  }

  func resources(of resource: Permission.Resource) -> [String] {
    switch resource {
    case .anything: ["*"]
    case .bucket: (isEverything ? ["*"] : general).map { "arn:\(partition):s3:::\($0)" }
    case .object: objects
    // Tags are carried from bucket to bucket only.
    case .copiedObject: targets.isEmpty ? [] : objects
    // Region and account are part of these names, and a name belongs to one of both only.
    case .directorySession, .directoryBucket:
      (isEverything ? ["*"] : directory).map { "arn:\(partition):s3express:*:*:bucket/\($0)" }
    case .targetBucket: targets.map { "arn:\(partition):s3:::\($0)" }
    case .targetObject: targets.map { "arn:\(partition):s3:::\($0)/*" }
    case .encryptionKey: ["arn:\(partition):kms:*:*:key/*"]
    }
  }
}
