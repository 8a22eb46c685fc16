internal import AWS
internal import Vocabulary

/// A part of s3audit that needs permissions of its own.
enum Feature: String, CaseIterable, Sendable {
  case sync, properties, versions, restore, thaw, prices, inventory, estimate, directory

  /// What the permissions are for, as help and the manual say it.
  var purpose: String {
    switch self {
    case .sync: "list buckets into the index"
    case .properties: "sync, and how buckets are set up"
    case .versions: "sync, and versions and unfinished uploads"
    case .restore: "read versions; with --target-bucket, also write them there"
    case .thaw: "bring versions back from archives"
    case .prices: "price lists from AWS, for 'import prices --live'"
    case .inventory: "import inventories: name their bucket, and the one that they are of"
    case .estimate: "sizes from CloudWatch; with --actual, what was billed"
    case .directory: "directory buckets"
    }
  }

  /// The features that are tried unless others are named.
  ///
  /// Versions and what is done with them are not: whoever never lists or restores them lacks nothing where they
  /// are refused.
  static let tried: Set<Feature> = [.sync, .properties, .directory]

  /// The words that options take: every feature, and all of them.
  static let names = allCases.map(\.rawValue) + ["all"]

  /// The features that such a word stands for; none for any other word.
  static func named(_ text: String) -> Set<Feature> {
    text == "all" ? Set(allCases) : Set([Feature(rawValue: text)].compactMap(\.self))
  }

  /// What works only on top of a sync asks for a sync's permissions too.
  fileprivate var needs: Set<Feature> {
    switch self {
    case .properties, .versions: [self, .sync]
    case .sync, .restore, .thaw, .prices, .inventory, .estimate, .directory: [self]
    }
  }
}

/// One permission of IAM that a feature needs, and how `doctor` finds out whether it is given.
///
/// The table `permissions` is the only place that knows them: policies, trials and help read it.
struct Permission: Equatable, Sendable {
  /// What the permission is given on.
  enum Resource: Int, CaseIterable, Sendable {
    /// The permission has no resource of its own.
    case anything
    case bucket
    case object
    /// An object whose versions are restored into another bucket, not into a folder.
    case copiedObject
    /// A directory bucket, as far as it is entered by a session.
    case directorySession
    /// A directory bucket, as far as it answers without one.
    case directoryBucket
    /// A bucket that versions are restored to.
    case targetBucket
    /// An object of a bucket that versions are restored to.
    case targetObject
    /// A key of KMS that objects are encrypted with.
    case encryptionKey
  }

  /// The cheapest request that needs the permission and changes nothing.
  enum Trial: Equatable, Sendable {
    case listBuckets
    /// The listing that a crawl begins with.
    case list
    /// Reads how the bucket is set up in one respect, as a sync does.
    case property(BucketProperty.Name)
    /// GET on the bucket with these parameters.
    case get(parameters: [QueryParameter])
    /// HEAD of the first key found, of one of its versions or as it is.
    case head(version: Bool)
    /// GET of its tags.
    case tags(version: Bool)
    case listMetrics
    /// The listing of a directory bucket, for which a session is made.
    case session
    /// None: this is why.
    case none(String)
  }

  /// As the Service Authorization Reference writes it: `s3:ListBucket`.
  var action: String
  var resource: Resource
  var feature: Feature
  var trial: Trial
  /// Whether the feature lacks nothing on AWS without it: no policy asks for it.
  var isOptional = false
  /// Features that need it as well, and do not build on `feature`.
  var alsoFor: Set<Feature> = []

  fileprivate init(
    _ action: String, on resource: Resource = .bucket, for feature: Feature, _ trial: Trial,
    isOptional: Bool = false, alsoFor: Set<Feature> = []
  ) {
    self.action = action
    self.resource = resource
    self.feature = feature
    self.trial = trial
    self.isOptional = isOptional
    self.alsoFor = alsoFor
  }

  /// Whether one of the features needs it itself.
  func serves(_ features: Set<Feature>) -> Bool {
    features.contains(feature) || !alsoFor.isDisjoint(with: features)
  }
}

extension Permission {
  /// Every permission that s3audit asks for, in the order of features.
  ///
  /// AWS Service Authorization Reference: "Actions, resources, and condition keys for Amazon S3",
  /// "… S3 Express", "… AWS Price List" and "… CloudWatch".
  static let all: [Permission] = [
    // Figures of CloudWatch are of buckets, whose names and regions the list tells.
    Permission(
      "s3:ListAllMyBuckets", on: .anything, for: .sync, .listBuckets, alsoFor: [.estimate]),
    // HeadBucket, which names a bucket's region, needs it as well.
    // The newest inventory of a folder is found by its list.
    Permission("s3:ListBucket", for: .sync, .list, alsoFor: [.restore, .inventory]),
    // Asked of servers whose HeadBucket names no region: it is shown, and no crawl needs it.
    Permission("s3:GetBucketLocation", for: .sync, get("location"), isOptional: true),

    Permission(
      "s3:GetBucketVersioning", for: .properties, .property(.versioning),
      // Versions are listed of buckets that may have some.
      alsoFor: [.versions, .restore]),
    Permission("s3:GetEncryptionConfiguration", for: .properties, .property(.encryption)),
    Permission(
      "s3:GetLifecycleConfiguration", for: .properties, .property(.lifecycle),
      // What it expires is missing at moments of before.
      alsoFor: [.restore]),
    Permission("s3:GetReplicationConfiguration", for: .properties, .property(.replication)),
    Permission("s3:GetBucketPublicAccessBlock", for: .properties, .property(.publicAccessBlock)),
    Permission("s3:GetBucketPolicyStatus", for: .properties, .property(.policyStatus)),
    Permission("s3:GetBucketAcl", for: .properties, .property(.acl)),
    Permission("s3:GetBucketObjectLockConfiguration", for: .properties, .property(.objectLock)),
    Permission("s3:GetBucketLogging", for: .properties, .property(.logging)),
    Permission("s3:GetBucketTagging", for: .properties, .property(.tags)),
    Permission(
      "s3:GetIntelligentTieringConfiguration", for: .properties, .property(.intelligentTiering)),

    Permission(
      "s3:ListBucketVersions", for: .versions, listVersions, alsoFor: [.restore, .thaw]),
    Permission(
      "s3:ListBucketMultipartUploads", for: .versions, get("uploads", ("max-uploads", "1"))),
    Permission(
      "s3:ListMultipartUploadParts", on: .object, for: .versions,
      .none("only an unfinished upload could tell")),

    Permission(
      "s3:GetObject", on: .object, for: .restore, .head(version: false), alsoFor: [.inventory]),
    // HEAD tells how far a version is on its way back.
    Permission(
      "s3:GetObjectVersion", on: .object, for: .restore, .head(version: true), alsoFor: [.thaw]),
    // A copy in parts gets its tags from a request of their own.
    Permission("s3:GetObjectTagging", on: .copiedObject, for: .restore, .tags(version: false)),
    Permission(
      "s3:GetObjectVersionTagging", on: .copiedObject, for: .restore, .tags(version: true)),
    // What is right already at the target is not written again.
    Permission("s3:ListBucket", on: .targetBucket, for: .restore, nameTarget),
    Permission("s3:ListBucketVersions", on: .targetBucket, for: .restore, nameTarget),
    Permission("s3:GetBucketVersioning", on: .targetBucket, for: .restore, nameTarget),
    // What became of a copy in parts whose answers were lost.
    Permission("s3:ListBucketMultipartUploads", on: .targetBucket, for: .restore, nameTarget),
    Permission("s3:GetObject", on: .targetObject, for: .restore, nameTarget),
    Permission(
      "s3:PutObject", on: .targetObject, for: .restore, .none("trying would write an object")),
    Permission(
      "s3:PutObjectTagging", on: .targetObject, for: .restore,
      .none("trying would write an object's tags")),
    Permission(
      "s3:DeleteObject", on: .targetObject, for: .restore, .none("trying would delete an object")),
    Permission(
      "s3:AbortMultipartUpload", on: .targetObject, for: .restore,
      .none("trying would end an upload")),
    Permission(
      "s3:ListMultipartUploadParts", on: .targetObject, for: .restore,
      .none("only an unfinished upload could tell")),
    Permission(
      "s3:RestoreObject", on: .object, for: .thaw,
      .none("trying would bring an object back, which is billed")),

    Permission(
      "pricing:GetProducts", on: .anything, for: .prices,
      .none("'s3audit import prices --live' tries it, and costs nothing")),

    // It tells whether an inventory is of a whole bucket.
    Permission("s3:GetInventoryConfiguration", for: .inventory, get("inventory")),
    Permission(
      "kms:Decrypt", on: .encryptionKey, for: .inventory,
      .none("only an inventory that is encrypted with a key of KMS could tell")),

    Permission("cloudwatch:ListMetrics", on: .anything, for: .estimate, .listMetrics),
    Permission(
      "cloudwatch:GetMetricData", on: .anything, for: .estimate,
      .none("every metric asked for is billed")),
    Permission(
      "ce:GetCostAndUsage", on: .anything, for: .estimate, .none("every page is billed")),

    Permission("s3express:CreateSession", on: .directorySession, for: .directory, .session),
    // All that a directory bucket can tell of how it is set up.
    Permission(
      "s3express:GetEncryptionConfiguration", on: .directoryBucket, for: .properties,
      .property(.encryption)),
    Permission(
      "s3express:GetLifecycleConfiguration", on: .directoryBucket, for: .properties,
      .property(.lifecycle)),
  ]

  private static let nameTarget = Trial.none("name the bucket that is restored to, to try it there")

  /// A page of one version.
  static let listVersions = get("versions", ("max-keys", "1"))

  /// The permissions that these features need, what they build on included.
  static func needed(for features: Set<Feature>) -> [Permission] {
    let needed = features.reduce(into: Set<Feature>()) { $0.formUnion($1.needs) }
    return all.filter { $0.serves(needed) && !$0.isOptional }
  }

  private static func get(
    _ name: String, is value: String = "", _ parameters: (String, String)...
  ) -> Trial {
    .get(
      parameters: [QueryParameter(name, value)] + parameters.map { QueryParameter($0.0, $0.1) })
  }
}
