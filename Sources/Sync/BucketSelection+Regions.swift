internal import Index
internal import S3
internal import SQLite

extension BucketSelection {
  /// A bucket of which nobody says where it is.
  package struct UnknownRegion: Equatable, Sendable {
    package var name: String
    /// Why it could not be found out; nil where the server just does not tell.
    package var reason: String?
  }

  /// A pattern that fits the region of no bucket that was asked for.
  package struct NoRegionMatch: Error, Equatable, CustomStringConvertible {
    package var pattern: String
    /// The regions that there are, in order.
    package var regions: [String]

    package var description: String {
      "no bucket that was asked for is in a region that matches '\(pattern)'"
    }
  }

  private static let questionsAtOnceMax = 16

  /// The buckets in regions that one of the patterns fits.
  ///
  /// Where the list does not tell a bucket's region, the server is asked for it before the bucket is left
  /// out. A bucket that does not exist stays, for its crawl to say so.
  func inRegions(of patterns: [String], _ accounts: [SyncAccount]) async throws -> BucketSelection {
    guard !patterns.isEmpty else { return self }
    let found = try await regions(accounts)
    func fits(_ region: String?) -> Bool {
      patterns.contains { pattern in
        region.map { Connection.glob(pattern, matches: $0) } ?? pattern.isEmpty
      }
    }
    var selection = self
    selection.buckets = []
    var known: Set<String> = []
    for (bucket, answer) in zip(buckets, found) {
      switch answer {
      case .region(let region):
        known.insert(region)
        guard fits(region) else { continue }
        selection.buckets.append(bucket.knowing(region, accounts))
      case .missing: selection.buckets.append(bucket)
      case .unknown(let reason):
        if fits(nil) {
          selection.buckets.append(bucket)
        } else {
          selection.ofUnknownRegion.append(.init(name: bucket.identity.name, reason: reason))
        }
      }
    }
    // A refused account may have the bucket that the pattern means.
    guard refused.isEmpty else { return selection }
    for pattern in patterns where !pattern.isEmpty {
      guard known.contains(where: { Connection.glob(pattern, matches: $0) }) else {
        throw NoRegionMatch(pattern: pattern, regions: known.sorted())
      }
    }
    return selection
  }

  private enum RegionAnswer: Sendable {
    case region(String)
    /// There is no such bucket.
    case missing
    case unknown(reason: String?)
  }

  /// Where each bucket is; some are asked for at a time.
  private func regions(_ accounts: [SyncAccount]) async throws -> [RegionAnswer] {
    try await withThrowingTaskGroup(of: (Int, RegionAnswer).self) { group in
      var answers = buckets.map { bucket in
        bucket.identity.region.map { RegionAnswer.region($0) } ?? .unknown(reason: nil)
      }
      var waiting = buckets.indices.filter { buckets[$0].identity.region == nil }[...]
      func askNext() {
        guard let index = waiting.popFirst() else { return }
        group.addTask { (index, try await Self.region(of: buckets[index], accounts)) }
      }
      for _ in 0..<Self.questionsAtOnceMax { askNext() }
      while let (index, answer) = try await group.next() {
        answers[index] = answer
        askNext()
      }
      return answers
    }
  }

  /// What the first account says that knows where the bucket is.
  private static func region(
    of bucket: SelectedBucket, _ accounts: [SyncAccount]
  ) async throws -> RegionAnswer {
    var answer: RegionAnswer?
    for index in bucket.accounts {
      do {
        if let region = try await accounts[index].client.discoverRegion(of: bucket.identity.name) {
          return .region(region)
        }
        answer = .unknown(reason: nil)
      } catch {
        try Task.checkCancellation()
        if (error as? S3Error)?.code == "NoSuchBucket" {
          answer = answer ?? .missing
        } else {
          answer = .unknown(reason: "\(error)")
        }
      }
    }
    return answer ?? .unknown(reason: nil)
  }
}

extension SelectedBucket {
  /// The same with its region, where that is a name to sign for: a location may be none.
  fileprivate func knowing(_ region: String, _ accounts: [SyncAccount]) -> SelectedBucket {
    var bucket = self
    let name = identity.name
    let isSigned = self.accounts.contains { accounts[$0].client.knownRegion(of: name) == region }
    if isSigned { bucket.identity.region = region }
    return bucket
  }
}

extension SyncOptions {
  /// Whether a bucket of the index, which is gone, was asked for by its region.
  func selects(region: String?) -> Bool {
    regions.isEmpty
      || region.map { name in
        regions.contains { Connection.glob($0, matches: name) }
      } ?? regions.contains { $0.isEmpty }
  }
}
