internal import AWS
internal import Crawl
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
  /// Reads the files of a manifest side by side.
  ///
  /// - Throws: `InventoryError`, `S3Error`, `SystemError`, cancellation.
  static func read(
    _ manifest: InventoryManifest, _ schema: InventorySchema, from files: InventoryFiles,
    below prefix: Key, folder: String
  ) async throws -> SortedInventory {
    let runs = try RunFile(in: folder)
    let waiting = FileQueue(manifest.files)
    let count = max(
      1, min(manifest.files.count, max(2, min(Self.lanesMax, Machine.processorCount))))
    try await withThrowingDiscardingTaskGroup { group in
      for _ in 0..<count {
        group.addTask {
          let lane = InventoryLane(
            runs, files: files, schema: schema, bucket: manifest.sourceBucket, prefix: prefix,
            folder: folder)
          while let file = waiting.next() { waiting.count(try await lane.read(file).rows) }
          try await lane.finish()
        }
      }
    }
    return SortedInventory(
      runs: runs, bucket: manifest.sourceBucket, created: manifest.created, schema: schema,
      sharedPrefix: runs.commonPrefix, rows: waiting.rows, files: manifest.files.count)
  }

  /// Reads rows that come without a manifest.
  static func read(
    _ rows: InventoryRequest.Rows, below prefix: Key, folder: String
  ) async throws -> SortedInventory {
    let runs = try RunFile(in: folder)
    let schema = try InventorySchema(rows.schema)
    let lane = InventoryLane(
      runs, files: .folder(folder), schema: schema, bucket: nil, prefix: prefix, folder: folder)
    let summary = try await lane.read(from: rows.name, next: rows.next)
    try await lane.finish()
    guard let bucket = summary.bucket,
      let created = rows.created
        ?? summary.newestMs.map({ Timestamp(millisecondsSinceEpoch: $0) })
    else { throw InventoryError(.noRows) }
    return SortedInventory(
      runs: runs, bucket: String(decoding: bucket, as: UTF8.self), created: created,
      schema: schema, sharedPrefix: runs.commonPrefix, rows: summary.rows, files: 1)
  }
}

/// The files that no lane has taken yet, and the rows of those that were read.
private final class FileQueue: Sendable {
  private let state: Mutex<(files: ArraySlice<InventoryManifest.File>, rows: Int64)>

  init(_ files: [InventoryManifest.File]) { state = Mutex((files[...], 0)) }

  func next() -> InventoryManifest.File? { state.withLock { $0.files.popFirst() } }

  func count(_ rows: Int64) { state.withLock { $0.rows = $0.rows.plus(rows) } }

  var rows: Int64 { state.withLock { $0.rows } }
}
