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
  /// A bucket without a name is an error; when it was made, where it is and who owns it is not known where
  /// that cannot be read. A root of another name is a list when it holds `Buckets`.
  package init(parsing body: [UInt8]) throws(AnswerError) {
    self = try readAnswer(
      body, root: "ListAllMyBucketsResult", orHolding: { $0.contains("Buckets") }
    ) { (scanner) throws(XMLError) in
      try BucketList(reading: &scanner)
    }
  }

  private init(reading scanner: inout XMLScanner) throws(XMLError) {
    var paging = Paging()
    while try scanner.nextChild() {
      switch scanner.name {
      case "Owner": try readOwner(&scanner)
      case "Buckets": try readBuckets(&scanner, &paging)
      case "Bucket": buckets.append(try Self.bucket(&scanner))
      case "Prefix": prefix = try scanner.nextStringIfAny()
      default:
        try scanner.refuseOtherCases(of: "Buckets", "Bucket")
        try paging.readElement(&scanner)
      }
    }
    next = paging.next
    isTruncated = paging.isTruncated
    // It goes on, and nobody knows how.
    if paging.hasOtherNext, next == nil, isTruncated != false || !buckets.isEmpty {
      isTruncated = true
    }
  }

  /// What a page says of more to come, behind its buckets or among them.
  private struct Paging {
    var isTruncated: Bool?
    var token: String?
    var nextToken: String?
    var marker: String?
    var hasOtherNext = false

    var next: Next? {
      nextToken.map { .nextToken($0) } ?? marker.map { .marker($0) } ?? token.map { .token($0) }
    }

    mutating func readElement(_ scanner: inout XMLScanner) throws(XMLError) {
      switch scanner.pagingElement {
      case .isTruncated: isTruncated = try scanner.nextTruth()
      case .token: token = try scanner.nextToken()
      case .nextToken: nextToken = try scanner.nextToken()
      case .nextMarker: marker = try scanner.nextToken()
      case nil: try scanner.skip()
      default: if try scanner.nextSaysAnything() { hasOtherNext = true }
      }
    }
  }

  private mutating func readOwner(_ scanner: inout XMLScanner) throws(XMLError) {
    while try scanner.nextChild() {
      switch scanner.name {
      case "ID": ownerID = try scanner.nextStringIfAny()
      case "DisplayName": ownerName = try scanner.nextStringIfAny()
      default: try scanner.skip()
      }
    }
  }

  private mutating func readBuckets(
    _ scanner: inout XMLScanner, _ paging: inout Paging
  ) throws(XMLError) {
    while try scanner.nextChild() {
      if scanner.isNamed("Bucket") {
        buckets.append(try Self.bucket(&scanner))
      } else {
        try scanner.refuseOtherCases(of: "Bucket")
        try paging.readElement(&scanner)
      }
    }
  }

  private static func bucket(_ scanner: inout XMLScanner) throws(XMLError) -> Bucket {
    var bucket = Bucket(name: "")
    while try scanner.nextChild() {
      switch scanner.name {
      case "Name": bucket.name = trimmingBlanks(try scanner.nextString())
      case "CreationDate":
        bucket.created = try scanner.textOrSkip().flatMap { scanner.withBytes(of: $0, timestamp) }
      case "BucketRegion":
        let region = trimmingBlanks(try scanner.nextStringIfAny() ?? "")
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
