internal import HTTP
internal import Signing
package import Vocabulary

/// What a copy is given that S3 does not take over of its source, and what has to hold for it to be made.
///
/// Metadata and content headers come with CopyObject, and so do tags. The storage class does not: without
/// one, the copy is `STANDARD` (User Guide, "Copying, moving, and renaming objects").
package struct CopyDirections: Equatable, Sendable {
  /// What has to be current where the copy goes; another writer's object is not written over then.
  package enum Replaced: Equatable, Sendable {
    case anything, nothing
    /// An object with this ETag, without quotes.
    case etag(String)
  }

  /// Nil for the class that the service gives by itself.
  package var storageClass: String?
  package var takesTags = true
  /// The ETag that the source must have, without quotes; nil where its version id says enough.
  package var sourceETag: String?
  package var replaces = Replaced.anything
  /// How many bytes it is of, by which the service is given time.
  package var bytes: Int64 = 0

  package init() {}
}

/// What S3 says of a copy that it has made.
package struct CopyAnswer: Equatable, Sendable {
  /// Without quotes; empty where the server does not say.
  package var etag = ""
  package var lastModified: Timestamp?
  /// Nil for a bucket without versioning, and from servers that do not say.
  package var versionID: String?
  /// Checksums of all its bytes in base64, by the name of the header that has them.
  package var checksums: [String: String] = [:]

  package init() {}
}

/// A tag of an object.
package struct ObjectTag: Equatable, Sendable {
  package var key: String
  package var value: String

  package init(key: String, value: String) {
    self.key = key
    self.value = value
  }
}

extension ObjectAddress {
  /// The value of `x-amz-copy-source`: everything is percent-encoded once, but for slashes.
  ///
  ///     logs, "a b/ü?", version x+y    /logs/a%20b/%C3%BC%3F?versionId=x%2By
  ///
  /// Access points have no names of buckets: their ARN stands in front of `/object/` (API Reference,
  /// "CopyObject").
  package var copySource: String {
    let key = URIEncoding.encode(self.key.bytes, keepsSlash: true)
    let bucketText = URIEncoding.encode(bucket, keepsSlash: true)
    let place = bucket.hasPrefix("arn:") ? "\(bucketText)/object/\(key)" : "/\(bucketText)/\(key)"
    return versionID.map { "\(place)?versionId=\(URIEncoding.encode($0))" } ?? place
  }
}

extension CopyDirections {
  /// How long a service may work on a copy of so many bytes.
  ///
  /// S3 sends its status at once, and blanks until it is done; others send nothing. None that is worth waiting for copies less than 10 MiB a second.
  static func workMax(bytes: Int64) -> Duration { .seconds(60 + bytes / (10 << 20)) }

  /// What every request says that copies from `source`, whole or a part of it.
  static func sourceHeaders(
    _ source: ObjectAddress, etag: String?, owner: String?
  ) -> [HTTPHeader] {
    var headers = [HTTPHeader(name: "x-amz-copy-source", value: source.copySource)]
    if let etag {
      headers.append(HTTPHeader(name: "x-amz-copy-source-if-match", value: "\"\(etag)\""))
    }
    if let owner {
      headers.append(HTTPHeader(name: "x-amz-source-expected-bucket-owner", value: owner))
    }
    return headers
  }

  /// The headers of CopyObject besides the source's.
  var headers: [HTTPHeader] {
    var headers: [HTTPHeader] = []
    if let storageClass {
      headers.append(HTTPHeader(name: "x-amz-storage-class", value: storageClass))
    }
    // Without tags of its own, replacing them leaves none.
    if !takesTags { headers.append(HTTPHeader(name: "x-amz-tagging-directive", value: "REPLACE")) }
    return headers + replacedHeaders
  }

  /// The headers that name what may be written over.
  var replacedHeaders: [HTTPHeader] {
    switch replaces {
    case .anything: []
    case .nothing: [HTTPHeader(name: "If-None-Match", value: "*")]
    case .etag(let etag): [HTTPHeader(name: "If-Match", value: "\"\(etag)\"")]
    }
  }
}
