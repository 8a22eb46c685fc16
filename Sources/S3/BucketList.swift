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
  /// What asks for the next page; nil when it is absent or empty.
  package var nextContinuationToken: String?
  /// The prefix the server says it listed; nil from servers that ignore prefixes.
  package var prefix: String?

  package init() {}

  /// Reads the body of an answer.
  ///
  /// A bucket without a name, or with a time that is none, is an error.
  package init(parsing body: [UInt8]) throws(AnswerError) {
    self = try readAnswer(body, root: "ListAllMyBucketsResult") { (scanner) throws(XMLError) in
      try BucketList(reading: &scanner)
    }
  }

  private init(reading scanner: inout XMLScanner) throws(XMLError) {
    while try scanner.nextChild() {
      switch scanner.name {
      case "Owner": try readOwner(&scanner)
      case "Buckets": try readBuckets(&scanner)
      case "ContinuationToken":
        let token = try scanner.nextString()
        nextContinuationToken = token.isEmpty ? nil : token
      case "Prefix": prefix = try scanner.nextString()
      default: try scanner.skip()
      }
    }
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
      case "Name": bucket.name = try scanner.nextString()
      case "CreationDate":
        let text = try scanner.text()
        guard let created = scanner.withBytes(of: text, timestamp) else {
          throw XMLError(
            offset: text.range.lowerBound, expected: "an ISO 8601 time as CreationDate")
        }
        bucket.created = created
      case "BucketRegion":
        let region = try scanner.nextString()
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
