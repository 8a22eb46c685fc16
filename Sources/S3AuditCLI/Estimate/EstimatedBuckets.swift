internal import AWS
internal import Index
internal import S3
internal import SQLite
internal import Vocabulary

/// The buckets that an estimate is about, and where their figures are.
struct EstimatedBuckets: Sendable {
  /// The account's list, all of it: what CloudWatch names beside these is gone.
  private(set) var listed: Set<String> = []
  /// What was asked for, by region.
  private(set) var byRegion: [Region: Set<String>] = [:]
  /// Buckets whose region nobody says: what CloudWatch says of their names anywhere may be of others.
  private(set) var leftOut: [String] = []
  /// Why there is nothing to ask about, where the regions that were asked for are none of its buckets'.
  private(set) var slip: CommandFailure?
  private let patterns: [String]

  private static let questionsAtOnceMax = 16

  /// Reads the account's list, which on AWS names the regions; other servers are asked bucket by bucket.
  ///
  /// - Throws: only cancellation.
  init(_ arguments: EstimateArguments, client: S3Client, list: BucketList, home: Region)
    async throws
  {
    patterns = arguments.patterns
    listed = Set(list.buckets.map(\.name))
    // A pattern that fits nothing here may mean a bucket that is gone, whose region only CloudWatch knows.
    let isWholeAccount = patterns.contains { pattern in
      !listed.contains { Connection.glob(pattern, matches: $0) }
    }
    let wanted = list.buckets.filter { isWholeAccount || matches($0.name) }
    let regions = try await Self.regions(of: wanted, client)
    let patternsOfRegions = arguments.regions
    func fits(_ region: String?) -> Bool {
      patternsOfRegions.isEmpty || patternsOfRegions.contains { region.fits(region: $0) }
    }
    for (bucket, name) in zip(wanted, regions) {
      guard let name, let region = Region(name) else {
        if matches(bucket.name) { leftOut.append(bucket.name) }
        continue
      }
      guard fits(name) else { continue }
      byRegion[region, default: []].formUnion(matches(bucket.name) ? [bucket.name] : [])
    }
    if byRegion.isEmpty {
      guard arguments.regions.isEmpty || wanted.isEmpty else {
        let known = Set(regions.compactMap(\.self)).sorted()
        slip = CommandFailure(
          message: "no bucket that was asked for is in a region that matches "
            + arguments.regions.map { "'\($0)'" }.joined(separator: " or "),
          hint: known.isEmpty
            ? "the server names no region of any of them"
            : "they are in: \(known.joined(separator: ", "))")
        return
      }
      // Whoever has no bucket may have had some.
      byRegion[home] = []
    }
  }

  /// Whether a bucket was asked for by its name.
  func matches(_ name: String) -> Bool {
    patterns.isEmpty || patterns.contains { Connection.glob($0, matches: name) }
  }

  /// The buckets that were left out, each as a row without a figure.
  func unplaced(like row: StoredEstimate) -> [StoredEstimate] {
    leftOut.map { name in
      var row = row
      (row.bucket, row.state) = (name, .failed)
      row.error = "nobody says in which region it is, and so whose figures are its"
      return row
    }
  }

  /// Names the buckets that were left out; empty without any.
  static func unplacedText(_ leftOut: [String]) -> String {
    leftOut.isEmpty
      ? ""
      : "Warning: nobody says in which region these buckets are; left out: "
        + someNames(leftOut.sorted()) + "\n"
  }

  /// What a figure of a bucket in a region is worth.
  enum Standing {
    /// It is one of those that were asked for.
    case wanted
    /// The account has no such bucket.
    case gone
    /// It was not asked for, or is elsewhere: what is said of it here is of before, or of another.
    case other
  }

  func standing(of name: String, in region: Region) -> Standing {
    if byRegion[region]?.contains(name) == true { return .wanted }
    guard !listed.contains(name), matches(name) else { return .other }
    // No list of the account names directory buckets.
    return S3Client.isDirectoryBucket(name) ? .wanted : .gone
  }

  /// Refuses patterns that fit no bucket of any of these accounts, there or gone.
  static func refuseSlips(_ all: [EstimatedBuckets], gone: Set<String>) throws(CommandFailure) {
    let listed = all.reduce(into: Set<String>()) { $0.formUnion($1.listed) }
    for pattern in all.first?.patterns ?? [] {
      let isKnown = listed.union(gone).contains { Connection.glob(pattern, matches: $0) }
      guard !isKnown else { continue }
      let names = listed.sorted().prefix(5).joined(separator: ", ")
      throw CommandFailure(
        message: "no bucket of the account matches '\(pattern)', and CloudWatch knows none",
        hint: listed.isEmpty
          ? "the account has no buckets"
          : "the account has: \(names)\(listed.count > 5 ? " …" : "")")
    }
  }

  /// Where each bucket is; some are asked for at a time.
  private static func regions(
    of buckets: [BucketList.Bucket], _ client: S3Client
  ) async throws -> [String?] {
    try await withThrowingTaskGroup(of: (Int, String?).self) { group in
      var regions = buckets.map(\.region)
      var waiting = buckets.indices.filter { regions[$0] == nil }[...]
      func askNext() {
        guard let index = waiting.popFirst() else { return }
        let name = buckets[index].name
        group.addTask {
          do {
            return (index, try await client.discoverRegion(of: name))
          } catch {
            try Task.checkCancellation()
            // Who may not ask has figures all the same, where they are looked for.
            return (index, nil)
          }
        }
      }
      for _ in 0..<questionsAtOnceMax { askNext() }
      while let (index, region) = try await group.next() {
        regions[index] = region
        askNext()
      }
      return regions
    }
  }
}
