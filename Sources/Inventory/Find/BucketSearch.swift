internal import S3
internal import Vocabulary

/// Looks for a manifest in a bucket.
///
///     inventories/logs/all/                                      the newest of its dates
///     inventories/logs/all/2026-11-29T01-00Z                     this date
///     inventories/logs/all/2026-11-29T01-00Z/manifest.json       this manifest
struct BucketSearch {
  let client: S3Client
  let bucket: String
  let key: String

  private static let manifest = "manifest.json"

  func manifest(date: String?) async throws -> FoundManifest {
    if key.hasSuffix(".json") {
      try InventoryDate.check(key.split(separator: "/").dropLast().last, is: date, in: named(key))
      return try await read(key)
    }
    let folder = key.isEmpty || key.hasSuffix("/") ? key : key + "/"
    if let last = folder.split(separator: "/").last, InventoryDate.isOne(last) {
      try InventoryDate.check(last, is: date, in: named(folder))
      do {
        return try await read(folder + Self.manifest)
      } catch InventoryFault.missing {
        throw InventoryError(
          .noInventory(place: named(folder), date: nil, beingWritten: [String(last)]))
      }
    }
    let dates = try await dates(in: folder)
    guard let newest = InventoryDate.newest(of: dates, date: date) else {
      throw InventoryError(
        dates.isEmpty
          ? .noManifest(place: named(folder))
          : .noInventory(
            place: named(folder), date: date,
            beingWritten: InventoryDate.withoutManifest(dates, date: date)))
    }
    var found = try await read("\(folder)\(newest.name)/\(Self.manifest)")
    found.beingWritten = newest.beingWritten
    return found
  }

  private func named(_ key: String) -> String { "s3://\(bucket)/\(key)" }

  /// The folders of a configuration that are dates, and whether each has a manifest.
  ///
  /// Dates begin with a digit: neither the data nor what Hive reads lies between them.
  private func dates(in folder: String) async throws -> [String: Bool] {
    var dates: [String: Bool] = [:]
    let prefix = Key(folder + "2")
    var after = Key.start
    while true {
      let page: ListPage
      do {
        page = try await client.listObjects(bucket: bucket, prefix: prefix, from: .after(after))
      } catch let error as S3Error where error.isDenied {
        throw InventoryError(.denied(file: named(folder), error: error))
      }
      for index in page.objects.records.indices {
        let rest = page.objects.key(at: index).text.dropFirst(folder.count)
        let parts = rest.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, InventoryDate.isOne(parts[0]) else { continue }
        dates[String(parts[0]), default: false] =
          dates[String(parts[0])] == true || parts[1] == Self.manifest
      }
      guard page.isTruncated, let last = page.objects.lastKey, last > after else { return dates }
      after = last
    }
  }

  private func read(_ key: String) async throws -> FoundManifest {
    let bytes = try await content(key)
    let folder = String(key.dropLast(key.split(separator: "/").last?.count ?? 0))
    var checksum: String?
    do {
      checksum = String(decoding: try await content(folder + "manifest.checksum"), as: UTF8.self)
    } catch InventoryFault.missing {
      // Nobody can say then whether the manifest is as it was written.
    }
    return FoundManifest(
      name: named(key), bytes: bytes, checksum: checksum,
      files: .buckets(client, [bucket]), origin: Self.origin(ofKey: key))
  }

  /// `…/SOURCE/ID/DATE/manifest.json` tells the source bucket and the configuration.
  static func origin(ofKey key: String) -> (bucket: String, id: String)? {
    let parts = key.split(separator: "/", omittingEmptySubsequences: false).suffix(4)
    guard parts.count == 4, InventoryDate.isOne(parts[parts.startIndex + 2]) else { return nil }
    return (String(parts[parts.startIndex]), String(parts[parts.startIndex + 1]))
  }

  private func content(_ key: String) async throws -> [UInt8] {
    var content: [UInt8] = []
    let fetch = InventoryFetch(
      client: client, object: ObjectAddress(bucket: bucket, key: Key(key)))
    try await fetch.run(begin: { content = [] }) { piece in
      guard content.count + piece.count <= InventoryPlace.manifestBytesMax else {
        throw InventoryError(.noManifest(place: named(key)))
      }
      content += piece
    }
    return content
  }
}
