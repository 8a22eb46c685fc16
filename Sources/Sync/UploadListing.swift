internal import AWS
internal import Crawl
internal import Index
internal import S3
internal import Synchronization
internal import Vocabulary

/// Lists the unfinished uploads of buckets into the index, beside their crawls.
///
/// Page follows page: there are few of them, and servers sort them differently. What is listed is a
/// set, which replaces the one that the index has in one transaction.
final class UploadListing: Sendable {
  private let writer: IndexWriter
  /// Whether the parts of each upload are listed too, which say how many bytes it holds.
  private let readsParts: Bool
  private let now: @Sendable () -> Timestamp
  private let listed = Mutex<Set<UploadScope>>([])

  private static let partListingsAtOnce = 8
  /// An upload that was begun so long ago gets no more parts; S3 itself has no such limit.
  private static let growsMilliseconds: Int64 = 7 * 24 * 3_600_000

  init(writer: IndexWriter, readsParts: Bool, now: @escaping @Sendable () -> Timestamp) {
    self.writer = writer
    self.readsParts = readsParts
    self.now = now
  }

  /// Lists the uploads of a bucket, or below a prefix of it, unless that was done in this sync.
  ///
  /// - Returns: why they could not be listed; what the index has of them stays then.
  /// - Throws: errors of the index and cancellation.
  func run(
    of bucketID: Int64, _ bucket: String, prefix: Key, with client: S3Client
  ) async throws -> CrawlFailure? {
    let scope = UploadScope(bucketID: bucketID, prefix: prefix)
    guard listed.withLock({ $0.insert(scope).inserted }) else { return nil }
    do {
      let begun = now()
      let uploads = try await uploads(of: bucket, prefix, with: client)
      let known = try await writer.uploads(of: bucketID, prefix: prefix)
      let (stored, failure) = try await addParts(
        to: uploads, known, of: bucket, begun: begun, with: client)
      try await writer.replaceUploads(stored, of: bucketID, prefix: prefix, begun: begun)
      return failure
    } catch {
      guard CrawlOutcome(refusal: error) != nil else { throw error }
      return CrawlFailure(error)
    }
  }

  private func uploads(
    of bucket: String, _ prefix: Key, with client: S3Client
  ) async throws -> [Upload] {
    var uploads: [Upload] = []
    var seen: Set<UploadName> = []
    var markers: Set<UploadName> = []
    var after: (key: Key, uploadID: String)?
    repeat {
      let page = try await client.listUploads(bucket: bucket, prefix: prefix, after: after)
      let new = page.uploads.filter { seen.insert(UploadName($0)).inserted }
      uploads += new
      // A page without a word about its end was the last where nothing follows it, or it comes again, shorter
      // than a page can be: then the server knows no pages.
      if after != nil, new.isEmpty, page.saysNothingOfEnd, !page.isFull { return uploads }
      after = page.next
      if let after, !markers.insert(.init(key: after.key, id: after.uploadID)).inserted {
        throw ListingFault.notAdvancing(cursor: after.key)
      }
    } while after != nil
    return uploads
  }

  /// Lists the parts of the uploads that may have others than the index knows; leaves out those that
  /// ended meanwhile.
  private func addParts(
    to uploads: [Upload], _ known: [StoredUpload], of bucket: String, begun: Timestamp,
    with client: S3Client
  ) async throws -> ([StoredUpload], CrawlFailure?) {
    var settled: [UploadName: StoredUpload.Parts] = [:]
    for upload in known where upload.parts != nil {
      settled[UploadName(upload.upload)] = upload.parts
    }
    let growsSince = begun.millisecondsSinceEpoch - Self.growsMilliseconds
    var stored: [StoredUpload] = []
    var waiting: [Upload] = []
    for upload in uploads {
      let isYoung = upload.initiated.millisecondsSinceEpoch > growsSince
      // What may have grown since its parts were listed is not known without listing them.
      let parts = isYoung ? nil : settled[UploadName(upload)]
      if readsParts, parts == nil {
        waiting.append(upload)
      } else {
        stored.append(StoredUpload(upload, parts: parts))
      }
    }
    var failure: CrawlFailure?
    try await withThrowingTaskGroup(of: (Upload, PartsAnswer).self) { group in
      var rest = waiting[...]
      func askNext() {
        guard let upload = rest.popFirst() else { return }
        group.addTask { (upload, try await self.parts(of: upload, in: bucket, with: client)) }
      }
      for _ in 0..<Self.partListingsAtOnce { askNext() }
      while let (upload, answer) = try await group.next() {
        switch answer {
        case .parts(let parts): stored.append(StoredUpload(upload, parts: parts))
        case .ended: break
        case .refused(let refusal):
          stored.append(StoredUpload(upload))
          failure = failure ?? refusal
          // What is refused for one is for all; and they are listed without parts.
          stored += rest.map { StoredUpload($0) }
          rest = []
        }
        askNext()
      }
    }
    return (stored, failure)
  }

  private enum PartsAnswer: Sendable {
    case parts(StoredUpload.Parts)
    case ended
    case refused(CrawlFailure)
  }

  private func parts(
    of upload: Upload, in bucket: String, with client: S3Client
  ) async throws -> PartsAnswer {
    do {
      let sum = try await client.sumOfParts(
        bucket: bucket, key: upload.key, uploadID: upload.uploadID)
      return sum.map { .parts(.init(count: Int64($0.count), bytes: $0.bytes)) } ?? .ended
    } catch let error as S3Error {
      return .refused(CrawlFailure(error))
    }
  }
}

private struct UploadScope: Hashable {
  var bucketID: Int64
  var prefix: Key
}
