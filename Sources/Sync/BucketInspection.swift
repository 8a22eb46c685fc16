internal import AWS
internal import Crawl
internal import Index
internal import S3
internal import Synchronization
internal import Vocabulary

/// Reads how buckets are set up, beside their crawls.
///
/// Nothing that a server says or refuses ends a crawl. The requests come out of what all crawls
/// share: an inspection counts as one more crawl while it runs.
final class BucketInspection: Sendable {
  private let writer: IndexWriter
  private let capacity: CrawlCapacity
  private let inspected = Mutex<Set<Int64>>([])

  init(writer: IndexWriter, capacity: CrawlCapacity) {
    self.writer = writer
    self.capacity = capacity
  }

  /// What a server said of a bucket's versioning.
  typealias Versioning = Result<BucketProperty, S3Error>

  /// Reads and records the properties of a crawl's bucket, unless that was done in this sync.
  ///
  /// `versioning` is the answer where that was asked for already; nil where it was not.
  ///
  /// - Throws: errors of the index and cancellation.
  func run(
    of plan: CrawlPlan, _ bucket: String, with client: S3Client, versioning: Versioning? = nil
  ) async throws {
    guard inspected.withLock({ $0.insert(plan.bucketID).inserted }) else { return }
    let properties = try await read(bucket, with: client, versioning)
    if !properties.isEmpty { try await writer.record(properties, of: plan) }
  }

  /// What came of asking for one property.
  private enum Answer: Sendable {
    case property(BucketProperty)
    /// There is no such bucket: what is known of it stays.
    case gone
    /// No server answered; asking for the other properties would take as long.
    case unreachable(BucketProperty)
  }

  /// All properties; none of a bucket that is gone.
  private func read(
    _ bucket: String, with client: S3Client, _ versioning: Versioning?
  ) async throws -> [BucketProperty] {
    capacity.beginCrawl()
    defer { capacity.endCrawl() }
    var names = BucketProperty.Name.allCases[...]
    var properties: [BucketProperty] = []
    var outage: String?
    var isGone = false
    // The first alone: it tells whether there is anything to ask.
    if let first = names.popFirst() {
      let known = first == .versioning ? versioning : nil
      switch try await ask(first, of: bucket, with: client, known: known) {
      case .property(let property): properties.append(property)
      case .gone: return []
      case .unreachable(let property):
        outage = property.error
        properties.append(property)
      }
    }
    var extra = capacity.takeExtra(upTo: outage == nil ? names.count - 1 : 0)
    defer { capacity.giveBackExtra(extra) }
    try await withThrowingTaskGroup(of: Answer.self) { group in
      func askNext() -> Bool {
        guard outage == nil, !isGone, let name = names.popFirst() else { return false }
        group.addTask { try await self.ask(name, of: bucket, with: client) }
        return true
      }
      for _ in 0...extra { _ = askNext() }
      while let answer = try await group.next() {
        switch answer {
        case .property(let property): properties.append(property)
        case .gone: isGone = true
        case .unreachable(let property):
          outage = property.error
          properties.append(property)
        }
        if !askNext(), extra > 0 {
          capacity.giveBackExtra(1)
          extra -= 1
        }
      }
    }
    return isGone ? [] : properties + names.map { BucketProperty($0, .failed, error: outage) }
  }

  private func ask(
    _ name: BucketProperty.Name, of bucket: String, with client: S3Client,
    known: Versioning? = nil
  ) async throws -> Answer {
    do {
      if let known { return .property(try known.get()) }
      return .property(try await client.property(name, of: bucket))
    } catch let error as S3Error {
      if error.code == "NoSuchBucket" { return .gone }
      let property = BucketProperty(name, refusal: error)
      return error.statusCode == nil ? .unreachable(property) : .property(property)
    } catch is CancellationError {
      throw CancellationError()
    } catch {
      // Credentials that cannot be had, a name that no request can have: the crawl says it louder.
      return .unreachable(BucketProperty(name, .failed, error: "\(error)"))
    }
  }
}
