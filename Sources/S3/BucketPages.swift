internal import AWS

/// The pages of ListBuckets, put together until no answer says that there is more.
///
/// Three names for what comes next, and one that may be an echo: `IsTruncated` decides where a server
/// sends it, and a page that brings nothing new ends in an error, never in a list that is short.
struct BucketPages {
  private(set) var list: BucketList
  private var names: Set<String>
  private var asked: Set<QueryParameter> = []

  init(_ first: BucketList) {
    list = first
    names = Set(first.buckets.map(\.name))
  }

  /// The parameter that asks for the next page; nil when the list is whole.
  ///
  /// - Throws: `S3Error` when there is more and no way to get it.
  mutating func nextParameter() throws(S3Error) -> QueryParameter? {
    let parameter: QueryParameter
    switch list.next {
    case .marker(let name): parameter = QueryParameter("marker", name)
    case .nextToken(let text): parameter = QueryParameter("continuation-token", text)
    case .token(let text):
      parameter = QueryParameter("continuation-token", text)
      // What the request said, repeated by a server that says that this is all.
      if list.isTruncated == false, asked.contains(parameter) { return nil }
    case nil:
      guard list.isTruncated == true else { return nil }
      throw Self.error("the server says that there are more buckets, and not how to list them")
    }
    guard asked.insert(parameter).inserted else {
      throw Self.error("the pages do not come to an end")
    }
    return parameter
  }

  mutating func append(_ page: BucketList) throws(S3Error) {
    let new = page.buckets.filter { names.insert($0.name).inserted }
    list.buckets += new
    (list.next, list.isTruncated) = (page.next, page.isTruncated)
    guard new.isEmpty else { return }
    // An empty page that says that it is the last may still carry a token.
    if page.isTruncated != true, page.buckets.isEmpty || page.next == nil {
      (list.next, list.isTruncated) = (nil, nil)
    }
  }

  private static func error(_ message: String) -> S3Error {
    S3Error(operation: "list", resource: S3Client.bucketListResource, message: message)
  }
}
