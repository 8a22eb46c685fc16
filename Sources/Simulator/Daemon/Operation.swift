extension SimulatorStatistics {
  /// The operations told apart; everything not served is `other`.
  package enum Operation: String, CaseIterable, Sendable {
    case listBuckets = "ListBuckets"
    case headBucket = "HeadBucket"
    case getBucketLocation = "GetBucketLocation"
    case getBucketVersioning = "GetBucketVersioning"
    case getBucketInventoryConfiguration = "GetBucketInventoryConfiguration"
    case createSession = "CreateSession"
    case listObjects = "ListObjects"
    case listObjectsV2 = "ListObjectsV2"
    case listObjectVersions = "ListObjectVersions"
    case listMultipartUploads = "ListMultipartUploads"
    case listParts = "ListParts"
    case headObject = "HeadObject"
    case getObject = "GetObject"
    case restoreObject = "RestoreObject"
    case copyObject = "CopyObject"
    case uploadPartCopy = "UploadPartCopy"
    case getObjectTagging = "GetObjectTagging"
    case putObjectTagging = "PutObjectTagging"
    case deleteObjectTagging = "DeleteObjectTagging"
    case putBucketVersioning = "PutBucketVersioning"
    case putObject = "PutObject"
    case deleteObject = "DeleteObject"
    case deleteObjects = "DeleteObjects"
    case createMultipartUpload = "CreateMultipartUpload"
    case uploadPart = "UploadPart"
    case completeMultipartUpload = "CompleteMultipartUpload"
    case abortMultipartUpload = "AbortMultipartUpload"
    case other = "Other"

    /// Whether it changes what a bucket holds.
    var writes: Bool {
      switch self {
      case .putBucketVersioning, .putObject, .copyObject, .uploadPartCopy, .putObjectTagging,
        .deleteObjectTagging, .deleteObject, .deleteObjects, .restoreObject,
        .createMultipartUpload, .uploadPart, .completeMultipartUpload,
        .abortMultipartUpload:
        true
      default: false
      }
    }

    /// Whether S3 may begin to answer before it knows how it ends.
    var maySayErrorIn200: Bool { self == .completeMultipartUpload || copies }

    /// Whether it reads another object, which a header names.
    var copies: Bool { self == .copyObject || self == .uploadPartCopy }
  }
}

extension SimulatorStatistics.Operation {
  /// What a request asks for.
  ///
  /// `copies`: whether the request names a source.
  init(_ method: String, bucket: String, key: [UInt8], _ query: Query, copies: Bool) {
    self =
      switch (bucket.isEmpty, key.isEmpty) {
      case (true, _): method == "GET" ? .listBuckets : .other
      case (false, true): Self.ofBucket(method, query)
      case (false, false): Self.ofObject(method, query, copies: copies)
      }
  }

  private static func ofBucket(_ method: String, _ query: Query) -> Self {
    switch method {
    case "HEAD": return .headBucket
    case "PUT": return query["versioning"] != nil ? .putBucketVersioning : .other
    case "POST": return query["delete"] != nil ? .deleteObjects : .other
    case "GET": break
    default: return .other
    }
    if query["location"] != nil { return .getBucketLocation }
    if query["session"] != nil { return .createSession }
    if query["versioning"] != nil { return .getBucketVersioning }
    if query["versions"] != nil { return .listObjectVersions }
    if query["uploads"] != nil { return .listMultipartUploads }
    // Without an id it would list all configurations.
    if query["inventory"] != nil, query["id"] != nil { return .getBucketInventoryConfiguration }
    if query.contains(anyOf: subresources) { return .other }
    return query["list-type"] == Array("2".utf8) ? .listObjectsV2 : .listObjects
  }

  private static func ofObject(_ method: String, _ query: Query, copies: Bool) -> Self {
    if method == "POST", query["restore"] != nil { return .restoreObject }
    if query["tagging"] != nil {
      let operations = [
        "GET": Self.getObjectTagging, "PUT": .putObjectTagging, "DELETE": .deleteObjectTagging,
      ]
      return operations[method] ?? .other
    }
    if query.contains(anyOf: objectSubresources) { return .other }
    let isOfUpload = query["uploadId"] != nil
    return switch (method, isOfUpload) {
    case ("GET", true): .listParts
    case ("HEAD", false): .headObject
    case ("GET", false): .getObject
    case ("PUT", true): query["partNumber"] == nil ? .other : copies ? .uploadPartCopy : .uploadPart
    case ("PUT", false): copies ? .copyObject : .putObject
    case ("DELETE", true): .abortMultipartUpload
    case ("DELETE", false): .deleteObject
    case ("POST", true): .completeMultipartUpload
    case ("POST", false): query["uploads"] != nil ? .createMultipartUpload : .other
    default: .other
    }
  }

  /// Parameters that make a GET of a bucket something other than a listing.
  private static let subresources: Set<String> = [
    "accelerate", "acl", "analytics", "cors", "encryption", "intelligent-tiering", "inventory",
    "lifecycle", "logging", "metadataTable", "metrics", "notification", "object-lock",
    "ownershipControls", "policy", "policyStatus", "publicAccessBlock", "replication",
    "requestPayment", "tagging", "website",
  ]

  /// Parameters that make a request for an object one for something else.
  private static let objectSubresources: Set<String> = [
    "acl", "attributes", "legal-hold", "restore", "retention", "select", "tagging", "torrent",
  ]
}
