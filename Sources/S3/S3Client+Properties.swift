import AWS
package import Vocabulary

extension S3Client {
  /// Asks how a bucket is set up in one respect.
  ///
  /// A server that does not know the question, or that answers another one, does not support the
  /// property: its answer is never taken for a value.
  ///
  /// - Throws: `S3Error`, which `BucketProperty.init(_:refusal:)` judges.
  package func property(
    _ name: BucketProperty.Name, of bucket: String
  ) async throws -> BucketProperty {
    guard !Self.isDirectoryBucket(bucket) || Self.namesOfDirectoryBuckets.contains(name) else {
      return BucketProperty(name, .unsupported, error: "directory buckets have none")
    }
    return switch name {
    case .versioning: try await property(name, of: bucket, Versioning.self)
    case .encryption: try await property(name, of: bucket, DefaultEncryption.self)
    case .lifecycle: try await property(name, of: bucket, Lifecycle.self)
    case .replication: try await property(name, of: bucket, Replication.self)
    case .publicAccessBlock: try await property(name, of: bucket, PublicAccessBlock.self)
    case .policyStatus: try await property(name, of: bucket, PolicyStatus.self)
    case .acl: try await property(name, of: bucket, AccessControl.self)
    case .objectLock: try await property(name, of: bucket, ObjectLock.self)
    case .logging: try await property(name, of: bucket, AccessLogging.self)
    case .tags: try await property(name, of: bucket, BucketTags.self)
    case .intelligentTiering: BucketProperty(name, try await tierings(of: bucket))
    }
  }

  /// User Guide, "Directory bucket API operations".
  private static let namesOfDirectoryBuckets: Set<BucketProperty.Name> = [.encryption, .lifecycle]

  private func property<Setting: SettingAnswer & BucketSetting>(
    _ name: BucketProperty.Name, of bucket: String, _: Setting.Type
  ) async throws -> BucketProperty {
    let setting: Setting? = try await setting(name, of: bucket)
    return BucketProperty(name, setting)
  }

  private func tierings(of bucket: String) async throws -> IntelligentTiering? {
    let name = BucketProperty.Name.intelligentTiering
    guard var page: TieringPage = try await setting(name, of: bucket) else { return nil }
    var tiering = IntelligentTiering()
    tiering.configurations = page.configurations
    var seen: Set<String> = []
    while page.goesOn {
      var next: TieringPage?
      if let token = page.nextToken, seen.insert(token).inserted {
        next = try await setting(name, of: bucket, [QueryParameter("continuation-token", token)])
      }
      guard let next else {
        throw S3Error(
          operation: name.operation, resource: "s3://\(bucket)", statusCode: 200,
          message: "the pages do not come to an end")
      }
      page = next
      tiering.configurations += page.configurations
    }
    return tiering
  }

  private func setting<Setting: SettingAnswer>(
    _ name: BucketProperty.Name, of bucket: String, _ more: [QueryParameter] = []
  ) async throws -> Setting? {
    try await followingRegion(of: bucket) { region in
      let call = try call(
        bucket: bucket, in: region, query: [QueryParameter(Setting.subresource)] + more,
        isControl: Self.isDirectoryBucket(bucket))
      return try await send(
        call, operation: name.operation, resource: "s3://\(bucket)", by: propertyCaller
      ) {
        (body) throws(AnswerError) in try Setting.read(body)
      }
    }
  }
}

extension BucketProperty.Name {
  /// What errors say was attempted.
  fileprivate var operation: String {
    let words =
      switch self {
      case .versioning: "versioning"
      case .encryption: "default encryption"
      case .lifecycle: "lifecycle rules"
      case .replication: "replication"
      case .publicAccessBlock: "public access block"
      case .policyStatus: "policy status"
      case .acl: "ACL"
      case .objectLock: "object lock"
      case .logging: "logging"
      case .tags: "tags"
      case .intelligentTiering: "Intelligent-Tiering"
      }
    return "read the \(words) of"
  }
}

extension BucketProperty {
  /// What an answer says; nil is an answer to another question.
  fileprivate init(_ name: Name, _ setting: (some BucketSetting)?) {
    guard let setting else {
      self.init(name, .unsupported, error: "the server answers another question")
      return
    }
    guard let value = setting.value else {
      self.init(name, .absent)
      return
    }
    self.init(name, .set, value: value, document: setting.document)
  }

  /// What a refusal says.
  ///
  /// The error is kept without the request's id, so that the same refusal reads the same each
  /// night.
  package init(_ name: Name, refusal error: S3Error) {
    var reason = error
    reason.requestID = nil
    let state = error.stateOfTheRefused
    self.init(name, state, error: state == .absent ? nil : reason.description)
  }
}
