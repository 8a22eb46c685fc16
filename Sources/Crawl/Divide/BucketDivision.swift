internal import AWS
package import S3
package import Vocabulary

/// Asks a server for a few pages of a bucket, and cuts it into ranges by them.
package struct BucketDivision: Sendable {
  private let client: S3Client
  private let bucket: String
  private let prefix: Key
  private let goal: RangeGoal

  package init(client: S3Client, bucket: String, prefix: Key, goal: RangeGoal) {
    self.client = client
    self.bucket = bucket
    self.prefix = prefix
    self.goal = goal
  }

  /// - Throws: `TooFewKeys`; `ListingFault.notApart` where the server cannot list from a key on; `S3Error`.
  package func run(
    requested: @Sendable () -> Void = {}
  ) async throws -> [RangeSweep.Range] {
    var sweep = RangeSweep(prefix: prefix, goal: goal)
    while let question = sweep.question {
      let (keys, isEnd) = try await keys(after: question, requested)
      sweep.accept(keys, isEnd: isEnd)
    }
    return try sweep.ranges()
  }

  /// The keys of the next page that has any.
  private func keys(
    after key: Key, _ requested: @Sendable () -> Void
  ) async throws -> (keys: [Key], isEnd: Bool) {
    var walk = RangeWalk(CrawlRange(lo: key, hi: nil, cursor: key), prefix: prefix, isStrict: true)
    do {
      while true {
        requested()
        let page = try await client.listObjects(bucket: bucket, prefix: prefix, from: walk.position)
        _ = try walk.accept(page)
        let keys = page.objects.records.indices.map { page.objects.key(at: $0) }
        if walk.isDone || !keys.isEmpty { return (keys, walk.isDone) }
      }
    } catch let fault as ListingFault {
      throw ListingFault.notApart(fault)
    }
  }
}
