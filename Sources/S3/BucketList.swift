import AWS
package import Vocabulary

/// One answer to ListBuckets (Amazon S3 API Reference, "ListBuckets").
package struct BucketList: Equatable, Sendable {
  /// A bucket as its owner sees it.
  package struct Bucket: Equatable, Sendable {
    package var name: String
    package var created: Timestamp?
    /// Absent from servers that do not know the element, and unless the request has a parameter.
    package var region: String?

    package init(name: String, created: Timestamp? = nil, region: String? = nil) {
      self.name = name
      self.created = created
      self.region = region
    }
  }

  package var buckets: [Bucket] = []
  package var ownerID: String?
  package var ownerName: String?
  /// What asks for the next page; nil when there is nothing that could.
  package var next: Next?
  /// Whether the server says that there is more; nil when it does not say.
  package var isTruncated: Bool?
  /// The prefix the server says it listed; nil from servers that ignore prefixes.
  package var prefix: String?

  /// How a list goes on, which each server has its own name for.
  package enum Next: Hashable, Sendable {
    /// AWS's `ContinuationToken`, which may also be what the request said, repeated.
    case token(String)
    /// `NextContinuationToken`, as Cloudflare calls it.
    case nextToken(String)
    /// `NextMarker`, of servers that page buckets as they page objects.
    case marker(String)
  }

  package init() {}

  /// Reads the body of an answer.
  ///
  /// A bucket without a name is an error; when it was made is not known where that cannot be read. A
  /// root of another name is a list when it holds `Buckets`.
  package init(parsing body: [UInt8]) throws(AnswerError) {
    self = try readAnswer(
      body, root: "ListAllMyBucketsResult", orHolding: { $0.contains("Buckets") }
    ) { (scanner) throws(XMLError) in
      try BucketList(reading: &scanner)
    }
  }

  private init(reading scanner: inout XMLScanner) throws(XMLError) {
    var token: String?
    var nextToken: String?
    var marker: String?
    while try scanner.nextChild() {
      switch scanner.name {
      case "Owner": try readOwner(&scanner)
      case "Buckets": try readBuckets(&scanner)
      case "IsTruncated": isTruncated = try scanner.nextTruth()
      case "ContinuationToken": token = try scanner.nextToken()
      case "NextContinuationToken": nextToken = try scanner.nextToken()
      case "NextMarker": marker = try scanner.nextToken()
      case "Prefix": prefix = try scanner.nextString()
      default: try scanner.skip()
      }
    }
    next =
      nextToken.map { .nextToken($0) } ?? marker.map { .marker($0) } ?? token.map { .token($0) }
  }

  private mutating func readOwner(_ scanner: inout XMLScanner) throws(XMLError) {
    while try scanner.nextChild() {
      switch scanner.name {
      case "ID": ownerID = try scanner.nextString()
      case "DisplayName": ownerName = try scanner.nextString()
      default: try scanner.skip()
      }
    }
  }

  private mutating func readBuckets(_ scanner: inout XMLScanner) throws(XMLError) {
    while try scanner.nextChild() {
      if scanner.isNamed("Bucket") {
        buckets.append(try Self.bucket(&scanner))
      } else {
        try scanner.skip()
      }
    }
  }

  private static func bucket(_ scanner: inout XMLScanner) throws(XMLError) -> Bucket {
    var bucket = Bucket(name: "")
    while try scanner.nextChild() {
      switch scanner.name {
      case "Name": bucket.name = trimmingBlanks(try scanner.nextString())
      case "CreationDate": bucket.created = scanner.withBytes(of: try scanner.text(), timestamp)
      case "BucketRegion":
        let region = trimmingBlanks(try scanner.nextString())
        bucket.region = region.isEmpty ? nil : region
      default: try scanner.skip()
      }
    }
    guard !bucket.name.isEmpty else {
      throw XMLError(offset: scanner.offset, expected: "a Name in every Bucket")
    }
    return bucket
  }
}
