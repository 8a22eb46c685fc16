internal import AWS

/// The pages of ListBuckets, put together until no answer says that there is more.
///
/// Three names for what comes next, and one that may be an echo: `IsTruncated` decides where a server
/// sends it, and a page that brings nothing new ends in an error, never in a list that is short. An empty
/// page may stand in the middle: only what repeats the token that was just sent leads nowhere:
///
///     page 1: a b, token t   →  t: empty, token u   →  u: c, the end
struct BucketPages {
  private(set) var list: BucketList
  private var names: Set<String>
  private var asked: Set<QueryParameter> = []
  /// What the last page was asked by.
  private var sent: QueryParameter?
  /// Whether it was asked by that twice.
  private var isRepeated = false
  /// Whether the last page brought buckets.
  private var hasAdvanced = false
  private var emptyPages = 0

  private static let emptyPagesMax = 1_000

  init(_ first: BucketList) {
    list = first
    names = Set(first.buckets.map(\.name))
  }

  /// The parameter that asks for the next page; nil when the list is whole.
  ///
  /// - Throws: `S3Error` when there is more and no way to get it.
  mutating func nextParameter() throws(S3Error) -> QueryParameter? {
    guard let next = list.next else {
      guard list.isTruncated == true else { return nil }
      throw Self.error("the server says that there are more buckets, and not how to list them")
    }
    let parameter = next.parameter
    if case .token = next {
      // What the request said, repeated by a server that says that this is all.
      if list.isTruncated == false, asked.contains(parameter) { return nil }
      // An echo, or a token that stays the same while the list goes on: the next page tells.
      if list.isTruncated == nil, parameter == sent, hasAdvanced {
        isRepeated = true
        return parameter
      }
    }
    guard asked.insert(parameter).inserted else { throw Self.endless }
    sent = parameter
    isRepeated = false
    return parameter
  }

  mutating func append(_ page: BucketList) throws(S3Error) {
    let new = page.buckets.filter { names.insert($0.name).inserted }
    list.buckets += new
    (list.next, list.isTruncated) = (page.next, page.isTruncated)
    hasAdvanced = !new.isEmpty
    // Pages of buckets that are known are a circle much sooner than pages of none.
    emptyPages = hasAdvanced ? 0 : emptyPages + (page.buckets.isEmpty ? 1 : Self.emptyPagesMax / 4)
    guard emptyPages <= Self.emptyPagesMax else { throw Self.endless }
    guard new.isEmpty, page.isTruncated != true else { return }
    let isEcho = page.next.map { $0.parameter == sent } ?? true
    let isEnd =
      isEcho && (page.buckets.isEmpty || isRepeated)
      // An empty page that says that it is the last may still carry a token.
      || page.buckets.isEmpty && page.isTruncated == false
    if isEnd || page.next == nil { (list.next, list.isTruncated) = (nil, nil) }
  }

  private static var endless: S3Error { error("the pages do not come to an end") }

  private static func error(_ message: String) -> S3Error {
    S3Error(operation: "list", resource: S3Client.bucketListResource, message: message)
  }
}

extension BucketList.Next {
  /// What asks for the page that follows.
  fileprivate var parameter: QueryParameter {
    switch self {
    case .token(let text), .nextToken(let text): QueryParameter("continuation-token", text)
    case .marker(let name): QueryParameter("marker", name)
    }
  }
}
