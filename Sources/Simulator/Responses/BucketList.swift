import Vocabulary

/// One answer to ListBuckets.
struct BucketList {
  private var buckets: [SimulatedBucket]
  /// The last bucket of a page that is not the last page.
  private var next: String?
  private let prefix: [UInt8]?
  private let namesRegions: Bool

  /// `buckets` are all of them, in the order of their names.
  init(_ buckets: [SimulatedBucket], _ query: Query) throws(S3Error) {
    prefix = query["prefix"]
    let region = query["bucket-region"]
    let tokenText = query["continuation-token"]
    let max = try Self.bucketsMax(query["max-buckets"])
    // BucketRegion is given "if the request contains at least one valid parameter" (ListBuckets).
    namesRegions = prefix != nil || region != nil || tokenText != nil || max != nil
    var after = ""
    if let tokenText {
      guard let token = ContinuationToken(tokenText) else {
        throw S3Error(.invalidArgument, "The continuation token provided is incorrect")
      }
      after = String(decoding: token.last, as: UTF8.self)
    }
    let matching = buckets.filter { [prefix] bucket in
      bucket.name > after && bucket.name.utf8.starts(with: prefix ?? [])
        && (region.map { Array(bucket.region.utf8) == $0 } ?? true)
    }
    self.buckets = Array(matching.prefix(max ?? matching.count))
    if self.buckets.count < matching.count { next = self.buckets.last?.name }
  }

  private static func bucketsMax(_ text: [UInt8]?) throws(S3Error) -> Int? {
    guard let text else { return nil }
    guard let number = Int(String(decoding: text, as: UTF8.self)), (1...10_000).contains(number)
    else {
      throw S3Error(.invalidArgument, "Argument max-buckets must be an integer between 1 and 10000")
    }
    return number
  }

  var document: ByteBuffer {
    var xml = ByteBuffer(S3XML.declaration)
    xml.append("<ListAllMyBucketsResult xmlns=\"\(S3XML.namespace)\">")
    xml.append("\(S3XML.owner)<Buckets>")
    for bucket in buckets {
      xml.append("<Bucket>")
      xml.appendElement("Name", bucket.name)
      xml.append("<CreationDate>\(bucket.created.iso8601.dropLast()).000Z</CreationDate>")
      if namesRegions { xml.appendElement("BucketRegion", bucket.region) }
      xml.append("</Bucket>")
    }
    xml.append("</Buckets>")
    if let next {
      let token = ContinuationToken(after: Array(next.utf8), isCommonPrefix: false)
      xml.appendElement("ContinuationToken", token.text)
    }
    if let prefix { xml.appendElement("Prefix", prefix) }
    xml.append("</ListAllMyBucketsResult>")
    return xml
  }
}
