import AWS
package import Vocabulary

/// One answer to ListObjectsV2, to ListObjects before it, or to ListObjectVersions (Amazon S3 API
/// Reference).
package struct ListPage: Equatable, Sendable {
  /// Keys longer than this many bytes are refused; S3 itself allows 1024.
  package static let keyBytesMax = 4_096
  /// Version ids longer than this many bytes are refused; S3 itself allows 1024.
  package static let versionIDBytesMax = 4_096
  /// Sizes above this are refused: they are no sizes but mistakes, -1 for one, and their sums would
  /// not fit.
  ///
  /// The largest objects of S3 have 50 TB (User Guide, "Amazon S3 objects overview"); up to 2^53 other
  /// programs read numbers exactly.
  package static let sizeMax: Int64 = 1 << 53

  /// Keys in a full page: S3 sends no more, whatever is asked for.
  package static let keysMax = 1_000

  /// The objects, or the versions and delete markers, with keys decoded.
  package var objects = ObjectPage()
  /// What keys were rolled up to by the delimiter, decoded.
  package var commonPrefixes: [Key] = []
  /// There is more to list.
  ///
  /// A server that says nothing of it is taken to mean it when it sends a token, or anything at all
  /// (`saysNothingOfEnd`); one that says no and sends a token with objects is taken to mean the token.
  package var isTruncated = false
  /// What asks for the next page; nil when it is absent or empty, even if `isTruncated`.
  package var nextContinuationToken: String?
  /// `ContinuationToken`: what the request said, or what asks for the next page where the request said
  /// something else; nil when it is absent or empty.
  package var continuationToken: String?
  /// Whether the answer has a word about its end.
  package var saysWhetherTruncated = false
  /// Whether a page that holds something has no word about its end, and nothing that asks for the next:
  /// what follows its last key decides whether it was the last.
  ///
  /// `IsTruncated` is in every answer of S3. Servers that cut pages without it do not promise more either.
  package var saysNothingOfEnd = false
  /// Whether versions and delete markers of a key that bear the same time stand in an order that the server did
  /// not say.
  package var hasGuessedOrder = false
  /// Where ListObjects goes on, decoded; nil when it is absent or empty.
  package var nextMarker: Key?
  /// Where ListObjectVersions goes on, decoded; nil when it is absent or empty.
  ///
  /// The key of the last entry, though the API Reference speaks of the first that was not returned.
  package var nextKeyMarker: Key?
  /// Where in the versions of `nextKeyMarker` it goes on; nil when it is absent or empty.
  package var nextVersionIDMarker: String?
  /// Whether the page has elements that only answers to ListObjects have, and none that only answers
  /// to ListObjectsV2 have.
  package var isVersionOne = false
  /// The number of keys and common prefixes, by the server's count; nil when it cannot be read.
  package var keyCount: Int?
  /// Names in the answer were percent-encoded.
  package var encodingIsURL = false
  /// The bucket.
  package var name = ""
  /// The prefix that was asked for, decoded if it can be.
  package var prefix = Key.start

  package init() {}

  /// Reads the body of an answer.
  ///
  /// Keys are decoded (`+` and `%XX`) only if the answer has `<EncodingType>url</EncodingType>`,
  /// which may stand before or after them. An object without Key, Size or LastModified is an error,
  /// and so is one of a size that cannot be;
  /// without ETag it has an empty one, without StorageClass it is `STANDARD`. Elements this program
  /// does not know are passed over with everything in them, and those that serve no purpose here may
  /// say what they like. A root of another name is judged by what it holds.
  package init(parsing body: [UInt8]) throws(AnswerError) {
    self = try readAnswer(body, root: "ListBucketResult", orHolding: Self.isListing) {
      (scanner) throws(XMLError) in
      var reader = ListPageReader(bodyBytes: body.count)
      return try reader.read(&scanner)
    }
  }

  /// Reads the body of an answer to ListObjectVersions.
  ///
  /// Versions and delete markers stay in the order of the document, in which a key's newest comes first;
  /// SDKs divide the two and lose it. Servers that send all versions of a page before all of its markers
  /// have lost it before: theirs are put together again as well as it goes (`ObjectPage.mergeBlocks`).
  /// All else is as in a page of objects. An entry without VersionId has the id `null`, one without
  /// IsLatest is not the latest, and what a delete marker says of bytes, ETag or class is passed over.
  package init(parsingVersions body: [UInt8]) throws(AnswerError) {
    self = try readAnswer(body, root: "ListVersionsResult", orHolding: Self.isVersionListing) {
      (scanner) throws(XMLError) in
      var reader = ListPageReader(bodyBytes: body.count)
      return try reader.readVersions(&scanner)
    }
  }

  /// Whether a body is a page of objects.
  static func isListing(_ body: [UInt8]) -> Bool {
    do throws(AnswerError) {
      _ = try ListPage(parsing: body)
      return true
    } catch {
      return false
    }
  }

  /// Whether a root with these children is a listing: of objects, and of nothing else.
  private static func isListing(_ names: Set<String>) -> Bool {
    guard names.isDisjoint(with: ["Buckets", "Version", "DeleteMarker", "Upload", "Part"]) else {
      return false
    }
    return names.contains("Contents") || names.contains("CommonPrefixes")
      || names.contains("IsTruncated")
        && !names.isDisjoint(with: ["Name", "Prefix", "MaxKeys", "KeyCount"])
  }

  /// Whether a root with these children is a listing of versions, and of nothing else.
  private static func isVersionListing(_ names: Set<String>) -> Bool {
    guard names.isDisjoint(with: ["Buckets", "Contents", "Upload", "UploadIdMarker", "Part"]) else {
      return false
    }
    return names.contains("Version") || names.contains("DeleteMarker")
      || names.contains("IsTruncated")
        && !names.isDisjoint(with: ["KeyMarker", "VersionIdMarker", "NextVersionIdMarker"])
  }
}
