package import Arguments
package import Vocabulary

/// A bucket or a pattern of buckets as people type it, perhaps with a prefix.
///
///     logs    s3://logs    s3://logs/2026/    logs-*
package struct BucketArgument: Equatable, Sendable {
  package var bucket: String
  /// Nil where nothing follows the bucket.
  package var prefix: Key?

  /// Whether it names buckets by a pattern of SQLite's GLOB.
  package var isPattern: Bool { bucket.contains { $0 == "*" || $0 == "?" || $0 == "[" } }

  /// Tells bucket and prefix apart byte by byte: a key may begin with a mark that would combine with
  /// the slash before it to one `Character`.
  ///
  /// - Throws: `UsageError` where no bucket is named.
  package init(_ text: String) throws(UsageError) {
    let scheme = "s3://".utf8
    let hasScheme = text.utf8.starts(with: scheme)
    guard hasScheme || text.utf8.starts(with: "arn:".utf8) else {
      guard !text.isEmpty, !text.utf8.contains(Self.slash) else {
        throw UsageError(
          "The argument '\(text)' is neither a bucket nor a bucket pattern.",
          hint: "name a prefix as s3://BUCKET/PREFIX")
      }
      bucket = text
      return
    }
    let path = text.utf8.dropFirst(hasScheme ? scheme.count : 0)
    let name = Self.bucket(at: path)
    guard !name.isEmpty else {
      throw UsageError("The argument '\(text)' names no bucket.", hint: "use s3://BUCKET/PREFIX")
    }
    let rest = path.dropFirst(name.count + 1)
    bucket = String(Substring(name))
    prefix = rest.isEmpty ? nil : Key(Array(rest))
  }

  private static let slash = UInt8(ascii: "/")

  /// The bucket that a path of the form `bucket/key` begins with.
  ///
  /// It ends at the first slash, but for ARNs, whose resource has separators of its own:
  /// `accesspoint/name`, or `outpost/id/accesspoint/name`, with slashes or colons.
  private static func bucket(at path: Substring.UTF8View) -> Substring.UTF8View {
    let colon = UInt8(ascii: ":")
    let parts = path.split(separator: colon, maxSplits: 5, omittingEmptySubsequences: false)
    guard path.starts(with: "arn:".utf8), parts.count == 6, let resource = parts.last else {
      return path.prefix { $0 != slash }
    }
    var separators = parts[2].elementsEqual("s3-outposts".utf8) ? 3 : 1
    let end = resource.indices.first { index in
      if separators == 0 { return resource[index] == slash }
      if resource[index] == slash || resource[index] == colon { separators -= 1 }
      return false
    }
    return path[..<(end ?? path.endIndex)]
  }
}
