package import S3
internal import Vocabulary

/// Asks the server which of the versions that may be archived are, and how far they are on their way back.
///
/// A few are asked one by one: a HEAD each tells everything. Where they are many, listings of versions tell of
/// up to a thousand by one request, if these stand close together among all that is listed. So pages are read
/// as long as they pay, and passed over where they do not:
///
/// ```
/// 1,000,000 of the 2,000,000 entries below photos/   about 2,000 pages ($0.01), and no HEAD
/// 5,000 of the 900,000,000 entries of a bucket       5 pages, 5,000 HEADs ($0.002)
/// ```
///
/// One page costs as much as 12 HEADs and takes as long as about a hundred that are sent side by side. What
/// listings do not tell is asked by HEAD: tiers of `INTELLIGENT_TIERING`, and states on servers that leave
/// `RestoreStatus` out. So a version counts as not asked for only if that was said: nobody pays for a second
/// retrieval of it.
package struct ThawInquiry: Sendable {
  private let client: S3Client
  private let bucket: String
  private let concurrency: Int

  /// So many are asked one by one, whatever stands between them.
  package static let headsMax = 1_000
  /// A page that tells of fewer does not pay.
  package static let pageWorth = 100

  package init(client: S3Client, bucket: String, concurrency: Int) {
    self.client = client
    self.bucket = bucket
    self.concurrency = concurrency
  }

  /// Settles every version that `findArchived` found.
  ///
  /// Versions that the server tells nothing of are left to the restore, whose request will say why.
  ///
  /// - Throws: `SQLiteError`; cancellation.
  package func run(_ wanted: borrowing WantedFiles) async throws {
    try await readListings(wanted)
    try await askEach(wanted)
  }

  private func readListings(_ wanted: borrowing WantedFiles) async throws {
    guard let prefix = try wanted.unaskedPrefix() else { return }
    var position = PagePosition.after(.start)
    var reached = Key.start
    // Entries without a status have none, if the server is one that tells any.
    var tellsThaws = client.isAWS
    while try wanted.hasMoreUnasked(than: Self.headsMax, after: reached) {
      let page: ListPage
      do {
        page = try await client.listVersions(
          bucket: bucket, prefix: prefix, from: position, tellsThaws: true)
      } catch is S3Error {
        // Denied, or no such listing: HEAD tells the same.
        return
      }
      tellsThaws = tellsThaws || page.objects.versions.contains { $0.thaw != nil }
      let settled = try wanted.settle(Self.standings(in: page.objects, tellsThaws: tellsThaws))
      guard page.isTruncated, let last = page.objects.lastKey, last >= reached else { return }
      reached = last
      if settled >= Self.pageWorth {
        position = page.nextVersions(after: last)
      } else {
        let passedOver = try wanted.unasked(after: last, count: Self.headsMax)
        guard let next = passedOver.last?.key else { return }
        (position, reached) = (.after(next), next)
      }
    }
  }

  /// What a page tells for sure.
  static func standings(
    in page: ObjectPage, tellsThaws: Bool
  ) -> [(key: Key, versionID: String, standing: Standing?, size: Int64?)] {
    page.records.indices.compactMap { index in
      let (entry, storageClass) = (page.versions[index], page.storageClass(at: index))
      guard entry.kind == .version, storageClass != Archive.tieringClass else { return nil }
      let archive = Archive(storageClass: storageClass, tier: nil)
      guard archive == nil || tellsThaws || entry.thaw != nil else { return nil }
      return (
        page.key(at: index), page.versionID(at: index), Standing(archive, entry.thaw),
        page.records[index].size
      )
    }
  }

  private func askEach(_ wanted: borrowing WantedFiles) async throws {
    var position = Key.start
    while true {
      let versions = try wanted.unasked(after: position, count: Self.headsMax)
      guard let last = versions.last else { return }
      position = last.key
      try wanted.settle(
        try await sideBySide(versions, concurrency: concurrency) { version in
          let (standing, size) = try await head(version)
          return (version.key, version.versionID, standing, size)
        })
    }
  }

  private func head(_ version: ArchivedVersion) async throws -> (Standing?, Int64?) {
    do {
      let head = try await client.headObject(
        ObjectAddress(bucket: bucket, key: version.key, versionID: version.versionID))
      return (Standing(head.archive, head.thaw), head.size)
    } catch is S3Error {
      return (nil, nil)
    }
  }
}

extension ListPage {
  /// Where a listing of versions goes on behind this page.
  fileprivate func nextVersions(after last: Key) -> PagePosition {
    guard let key = nextKeyMarker, let id = nextVersionIDMarker else { return .after(last) }
    return .afterVersion(key, id)
  }
}

/// What becomes of each value, at most `concurrency` of them at work at once; in no particular order.
func sideBySide<Value: Sendable, Result: Sendable>(
  _ values: [Value], concurrency: Int, _ body: @escaping @Sendable (Value) async throws -> Result
) async throws -> [Result] {
  try await withThrowingTaskGroup(of: Result.self) { group in
    var results: [Result] = []
    results.reserveCapacity(values.count)
    for (index, value) in values.enumerated() {
      if index >= concurrency, let result = try await group.next() { results.append(result) }
      group.addTask { try await body(value) }
    }
    for try await result in group { results.append(result) }
    return results
  }
}
