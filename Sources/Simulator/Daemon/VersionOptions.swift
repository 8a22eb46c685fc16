import Arguments

/// The options of versions and of incomplete uploads.
let versionOptions: [Option<SimulatorOptions>] = [
  .choice(
    "versioning", value: "state",
    help: "Of buckets that name none: GetBucketVersioning's words, or none.", defaultText: "none",
    sets: \.configuration.versions.versioning),
  .choice(
    "version-markers", value: "server",
    help: """
      Whose habits ?versions and ?uploads have, in markers, order, escapes and times. rclone knows no versions: \
      501 NotImplemented.
      """,
    defaultText: "aws", sets: \.configuration.versions.dialect),
  Option(
    long: "versions-per-key", value: "number",
    help: "Versions and delete markers of a key in night 0: N, or N-M at random.",
    defaultText: "1"
  ) { options, text throws(UsageError) in
    options.configuration.versions.perKey = try range(text, in: 1...1_000_000)
  },
  .percent(
    "delete-markers", help: "Delete markers among these.", defaultText: "0",
    sets: \.configuration.versions.markerPercent),
  .percent(
    "only-markers", help: "Keys that have nothing but delete markers.", defaultText: "0",
    sets: \.configuration.versions.onlyMarkersPercent),
  Option(
    long: "deep-key", value: "key",
    help: """
      Gives a key a number of versions of its own, BUCKET/KEY:COUNT; may be repeated. The bucket must be named \
      before. The count may end in k or M.
      """
  ) { options, text throws(UsageError) in
    let deep = try VersionsSpecification.DeepKey(argument: text)
    guard options.configuration.buckets.contains(where: { $0.name == deep.bucket }) else {
      throw .invalidValue("name the bucket with --bucket before it")
    }
    options.configuration.versions.deepKeys.append(deep)
  },
  .percent(
    "expire", help: "Noncurrent versions and markers removed every night.", defaultText: "1",
    sets: \.configuration.versions.expirePercent),
  .percent(
    "churn",
    help: """
      Truncated pages of ?versions behind which something happens to the key they end in, before the next page: the \
      version that the marker names is deleted, or those behind it, or a version or delete marker is put on top.
      """,
    defaultText: "0", sets: \.configuration.versions.churnPercent),
  .flag(
    "milliseconds", help: "Times in listings have milliseconds; RGW's always have.",
    sets: \.configuration.versions.hasMilliseconds),
  .count(
    "uploads", value: "number", in: 0...100_000_000, help: "Incomplete uploads in each bucket.",
    defaultText: "0", sets: \.configuration.versions.uploads),
  Option(
    long: "upload-parts", value: "number", help: "Parts of an upload: N, or N-M at random.",
    defaultText: "1-3"
  ) { options, text throws(UsageError) in
    options.configuration.versions.partsPerUpload = try range(text, in: 0...10_000)
  },
]

extension Option where Options == SimulatorOptions {
  /// An option that takes a share of a hundred.
  static func percent(
    _ long: String, help: String, defaultText: String,
    sets property: any WritableKeyPath<SimulatorOptions, Double> & Sendable
  ) -> Option {
    Option(long: long, value: "percent", help: help, defaultText: defaultText) {
      options, text throws(UsageError) in
      guard let share = Double(text), (0...100).contains(share) else {
        throw .invalidValue("use 0 to 100")
      }
      options[keyPath: property] = share
    }
  }
}

extension VersionsSpecification.DeepKey {
  /// Reads `BUCKET/KEY:COUNT`; the key may hold slashes and colons.
  fileprivate init(argument: String) throws(UsageError) {
    guard let colon = argument.lastIndex(of: ":"), let slash = argument.firstIndex(of: "/"),
      slash < colon, argument.index(after: slash) < colon
    else { throw .invalidValue("write BUCKET/KEY:COUNT, as logs/deep.txt:100k") }
    let key = Array(argument[argument.index(after: slash)..<colon].utf8)
    guard key.count <= HostileKeys.bytesMax else {
      throw .invalidValue("a key has \(HostileKeys.bytesMax) bytes at most")
    }
    guard let count = BucketSpecification.count(argument[argument.index(after: colon)...]),
      (1...1_000_000_000).contains(count)
    else { throw .invalidValue("the count is a whole number from 1 to 1000M") }
    self.init(bucket: String(argument[..<slash]), key: key, count: count)
  }
}

/// Reads `N`, or `N-M`.
private func range(_ text: String, in bounds: ClosedRange<Int>) throws(UsageError) -> ClosedRange<
  Int
> {
  let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
  guard (1...2).contains(ends.count), let first = ends.first ?? nil, let last = ends.last ?? nil,
    first <= last, bounds.contains(first), bounds.contains(last)
  else {
    throw .invalidValue(
      "use a whole number, \(bounds.lowerBound) to \(bounds.upperBound), or two of them as 1-3")
  }
  return first...last
}
