internal import AWS
internal import Crawl
package import Index
internal import S3
internal import Signing
internal import System
package import Vocabulary

/// Takes an inventory over into the index, in the place of a listing.
///
/// All of it is read, checked and sorted before the index is opened for writing: whatever is wrong with the
/// inventory, the index is as it was. What follows is the merge of a crawl, page after page.
///
/// ```swift
/// let inventory = InventoryImport(request, indexPath: path, progress: InventoryProgress(), now: now) { remark in … }
/// let sorted = try await inventory.read()
/// let summary = try await inventory.store(sorted, with: writer)
/// ```
package struct InventoryImport: Sendable {
  let request: InventoryRequest
  private let indexPath: String
  private let now: @Sendable () -> Timestamp
  let remark: @Sendable (InventoryRemark) -> Void
  private let progress: InventoryProgress

  package init(
    _ request: InventoryRequest, indexPath: String, progress: InventoryProgress,
    now: @escaping @Sendable () -> Timestamp, remark: @escaping @Sendable (InventoryRemark) -> Void
  ) {
    self.progress = progress
    self.request = request
    self.indexPath = indexPath
    self.now = now
    self.remark = remark
  }

  /// An inventory with all that has to be known to store it.
  package struct Ready: Sendable {
    package let inventory: SortedInventory
    fileprivate let prefix: Key
    fileprivate let identity: BucketIdentity
  }

  /// Reads the inventory and finds out whether it may be stored.
  ///
  /// - Throws: `InventoryError`, `S3Error`, `SystemError`, `IndexError`, cancellation.
  package func read() async throws -> Ready {
    switch request.source {
    case .rows(let rows):
      var (inventory, haveEnd) = try await SortedInventory.read(
        rows, below: saidPrefix ?? .start, folder: request.temporaryFolder, progress: progress)
      if !haveEnd { remark(.noEndMark(rows.name)) }
      inventory.created = try moment(inventory.created)
      if rows.created == nil { remark(.datedByRows(inventory.created)) }
      return try await ready(
        inventory, saidPrefix.map { .said($0) } ?? .unknown(reason: "rows alone do not say"),
        partition: nil)
    case .manifest(let place, let date):
      return try await read(place, date)
    }
  }

  /// The moment that an inventory is dated.
  ///
  /// One that has yet to come would hide every later inventory, so it is now; a day is left to clocks.
  private func moment(_ stated: Timestamp) throws -> Timestamp {
    guard Self.beginningOfS3 <= stated else { throw InventoryError(.otherMoment(stated)) }
    let now = now()
    guard stated.millisecondsSinceEpoch > now.millisecondsSinceEpoch.plus(86_400_000) else {
      return stated
    }
    remark(.yetToCome(stated))
    return now
  }

  /// 14 March 2006 (AWS News Blog, "Amazon S3").
  private static let beginningOfS3 = Timestamp(year: 2006, month: 3, day: 14)

  private func read(_ place: InventoryPlace, _ date: String?) async throws -> Ready {
    let found = try await place.manifest(date: date)
    var manifest = try checked(found)
    let schema = try InventorySchema(manifest.schema)
    manifest.created = try moment(manifest.created)
    let claim = try await claim(of: found, place, manifest)
    try refuseOlder(
      manifest.sourceBucket, manifest.created, prefix: claim.prefix,
      endpoint: try endpoint(of: manifest.sourceBucket, partition: manifest.partition))
    var files = found.files
    if case .buckets(let client, let buckets) = files, let other = manifest.destinationBucket,
      !buckets.contains(other)
    {
      files = .buckets(client, buckets + [other])
    }
    let inventory = try await SortedInventory.read(
      manifest, schema, from: files, below: claim.prefix, folder: request.temporaryFolder,
      progress: progress)
    return try await ready(inventory, claim, partition: manifest.partition)
  }

  private func checked(_ found: FoundManifest) throws -> InventoryManifest {
    if let date = found.beingWritten.first {
      remark(.beingWritten(date: date, used: found.name))
    }
    if let checksum = found.checksum {
      let stated = checksum.filter { !$0.isWhitespace }
      var digest = RunningDigest(.md5)
      digest.update(found.bytes)
      let md5 = Hexadecimal.text(digest.finish())
      guard stated.lowercased() == md5 else {
        throw InventoryError(.otherChecksum(file: found.name, stated: stated, found: md5))
      }
    } else {
      remark(.noChecksum(manifest: found.name))
    }
    let manifest: InventoryManifest
    do throws(InventoryManifest.Fault) {
      manifest = try InventoryManifest(parsing: found.bytes)
    } catch {
      throw InventoryError(.badManifest(place: found.name, fault: error))
    }
    guard manifest.format.uppercased() == "CSV" else {
      throw InventoryError(.otherFormat(manifest.format, place: found.name))
    }
    return manifest
  }

  // MARK: - Whether it belongs into the index

  /// Refuses what would remove keys of the index that it may know nothing about.
  private func ready(
    _ inventory: SortedInventory, _ claim: Claim, partition: String?
  ) async throws -> Ready {
    progress.begin(.checking)
    let endpoint = try endpoint(of: inventory.bucket, partition: partition)
    let prefix = try scope(of: inventory, claim, at: endpoint.name)
    try refuseOlder(inventory.bucket, inventory.created, prefix: prefix, endpoint: endpoint)
    try await inventory.check()
    if inventory.schema.etag == nil { remark(.noETags) }
    return Ready(
      inventory: inventory, prefix: prefix,
      identity: BucketIdentity(
        endpoint: endpoint.name, name: inventory.bucket,
        region: endpoint.region == nil ? sourceRegion : nil))
  }

  /// The region of the bucket that the inventory is in: it is that of the source (User Guide, "Configuring
  /// Amazon S3 Inventory").
  private var sourceRegion: String? {
    guard case .manifest(.bucket(let client, let bucket, _), _) = request.source,
      client.signsForLocations
    else { return nil }
    return client.knownRegion(of: bucket)
  }

  private struct Endpoint {
    var name: String
    /// What the index has of the bucket's region.
    var region: String?
  }

  /// The server that the bucket is on: the one that was named, or the one that the index has it on.
  private func endpoint(of bucket: String, partition: String?) throws -> Endpoint {
    let known = try reader()?.buckets(named: bucket) ?? []
    if let name = request.endpoint {
      return Endpoint(name: name, region: known.first { $0.endpoint == name }?.region)
    }
    if known.count > 1 {
      throw InventoryError(.severalBuckets(name: bucket, endpoints: known.map(\.endpoint)))
    }
    if let only = known.first { return Endpoint(name: only.endpoint, region: only.region) }
    // Other partitions are endpoints of their own.
    return Endpoint(name: partition.map { $0 == "aws" ? "" : $0 } ?? "")
  }

  private func refuseOlder(
    _ bucket: String, _ created: Timestamp, prefix: Key, endpoint: Endpoint
  ) throws {
    guard !request.isForced,
      let synced = try reader()?.newestListing(of: bucket, endpoint: endpoint.name, prefix: prefix),
      synced > created
    else { return }
    throw InventoryError(.older(bucket: bucket, created: created, synced: synced))
  }

  func reader() throws -> IndexReader? { try IndexReader.ifThere(indexPath, now: now()) }
}

// MARK: - Into the index

extension InventoryImport {
  /// Merges it into the index, as one complete crawl of the moment that it is of.
  ///
  /// What is cut off is begun anew by the next import, which writes nothing for what is there.
  ///
  /// - Throws: errors of the index, `SystemError`, `InventoryError.older`, cancellation.
  package func store(_ ready: Ready, with writer: IndexWriter) async throws -> InventorySummary {
    let inventory = ready.inventory
    // Somebody may have listed the bucket meanwhile; from here on nobody can.
    try refuseOlder(
      inventory.bucket, inventory.created, prefix: ready.prefix,
      endpoint: Endpoint(name: ready.identity.endpoint))
    progress.begin(.storing)
    return try await writer.recordingSync { syncID in
      var summary = InventorySummary(
        bucket: inventory.bucket, prefix: ready.prefix, created: inventory.created,
        hasVersions: inventory.schema.hasVersions, rows: inventory.rows, files: inventory.files,
        counts: ChangeCounts(), outcome: .complete)
      let plan = try await writer.beginImport(
        of: ready.identity, prefix: ready.prefix, listsVersions: inventory.schema.hasVersions,
        created: inventory.created)
      do {
        let all = CrawlRange(lo: .start, hi: nil, cursor: .start)
        var after = Key.start
        try await writer.store(
          inventory.pages, of: plan, syncID: syncID, progress, counts: &summary.counts
        ) { page in
          let coverage = PageCoverage(page: page, after: after, through: page.lastKey)
          after = page.lastKey ?? after
          return [.merge(coverage, into: all)]
        }
      } catch let error as BucketTooLarge {
        summary.outcome = .failed(CrawlFailure(error))
      }
      summary.outcome = try await writer.finishCrawl(plan, outcome: summary.outcome)
      let counts = requestCounts
      let ending = IndexWriter.SyncEnding(
        isWhole: summary.outcome == .complete, requests: counts.sent, retries: counts.retries)
      return (summary, ending)
    }
  }

  /// What was asked of the service.
  private var requestCounts: RequestCounts {
    guard case .manifest(.bucket(let client, _, _), _) = request.source else {
      return RequestCounts()
    }
    return client.counts
  }
}
