internal import AWS
internal import Crawl
internal import Index
internal import Synchronization
internal import System
package import Vocabulary

/// An inventory that was read, checked and sorted; nothing of it is in the index yet.
package struct SortedInventory: Sendable {
  let runs: RunFile
  package let bucket: String
  package var created: Timestamp
  package let schema: InventorySchema
  /// What all of its keys begin with; nil without any.
  let sharedPrefix: Key?
  let rows: Int64
  /// Of all rows: one that came several times counts as often.
  let bytes: Int64
  let files: Int

  var pages: SortedPages {
    SortedPages(of: runs, repetition: .newest, entriesMax: Self.entriesPerPage)
  }

  /// As many as lie between two marks of a crawl.
  private static let entriesPerPage = 2_000
  /// Each has two times eight megabytes.
  private static let lanesMax = 4
}

extension SortedInventory {
  /// Refuses what no bucket holds, before anything of it is in the index.
  ///
  /// - Throws: `InventoryError`, `SystemError`, cancellation.
  func check() async throws {
    if schema.hasVersions {
      let found = try await pages.headless()
      if let first = found.first {
        throw InventoryError(.noLatest(keys: found.keys, first: first))
      }
    }
    guard bytes > BucketTooLarge.bytesMax else { return }
    // Rows may have come several times.
    var sum: Int64 = 0
    let pages = pages
    while true {
      try Task.checkCancellation()
      let page = try await pages.nextPage()
      guard !page.records.isEmpty else { return }
      sum = sum.plus(page.records.lazy.map(\.size).saturatedSum())
      guard sum <= BucketTooLarge.bytesMax else {
        throw InventoryError(.tooManyBytes(bucket: bucket))
      }
    }
  }

  /// Reads the files of a manifest side by side.
  ///
  /// - Throws: `InventoryError`, `S3Error`, `SystemError`, cancellation.
  static func read(
    _ manifest: InventoryManifest, _ schema: InventorySchema, from files: InventoryFiles,
    below prefix: Key, folder: String, progress: InventoryProgress
  ) async throws -> SortedInventory {
    let runs = try RunFile(in: folder)
    progress.begin(
      files: manifest.files.count, bytes: manifest.files.lazy.map(\.size).saturatedSum())
    let waiting = FileQueue(manifest.files)
    let count = max(
      1, min(manifest.files.count, max(2, min(Self.lanesMax, Machine.processorCount))))
    try await withThrowingDiscardingTaskGroup { group in
      for _ in 0..<count {
        group.addTask {
          let lane = InventoryLane(
            runs, files: files, schema: schema, bucket: manifest.sourceBucket, prefix: prefix,
            folder: folder, progress: progress)
          while let file = waiting.next() {
            waiting.count(try await lane.read(file))
            progress.countFile()
          }
          try await lane.finish()
        }
      }
    }
    return SortedInventory(
      runs: runs, bucket: manifest.sourceBucket, created: manifest.created, schema: schema,
      sharedPrefix: runs.commonPrefix, rows: waiting.sums.rows, bytes: waiting.sums.bytes,
      files: manifest.files.count)
  }

  /// Reads rows that come without a manifest.
  static func read(
    _ rows: InventoryRequest.Rows, below prefix: Key, folder: String, progress: InventoryProgress
  ) async throws -> (inventory: SortedInventory, haveEnd: Bool) {
    let runs = try RunFile(in: folder)
    let schema = try InventorySchema(rows.schema)
    let lane = InventoryLane(
      runs, files: .folder(folder), schema: schema, bucket: nil, prefix: prefix, folder: folder,
      progress: progress)
    let summary = try await lane.read(from: rows.name, next: rows.next)
    try await lane.finish()
    guard let bucket = summary.bucket,
      let created = rows.created
        ?? summary.newestMs.map({ Timestamp(millisecondsSinceEpoch: $0) })
    else { throw InventoryError(.noRows) }
    let inventory = SortedInventory(
      runs: runs, bucket: String(decoding: bucket, as: UTF8.self), created: created,
      schema: schema, sharedPrefix: runs.commonPrefix, rows: summary.rows, bytes: summary.bytes,
      files: 1)
    return (inventory, summary.haveEnd)
  }
}

/// The files that no lane has taken yet, and the sums of those that were read.
private final class FileQueue: Sendable {
  private let state:
    Mutex<(files: ArraySlice<InventoryManifest.File>, sums: (rows: Int64, bytes: Int64))>

  init(_ files: [InventoryManifest.File]) { state = Mutex((files[...], (0, 0))) }

  func next() -> InventoryManifest.File? { state.withLock { $0.files.popFirst() } }

  func count(_ file: RowReader.Summary) {
    state.withLock {
      $0.sums = ($0.sums.rows.plus(file.rows), $0.sums.bytes.plus(file.bytes))
    }
  }

  var sums: (rows: Int64, bytes: Int64) { state.withLock { $0.sums } }
}
