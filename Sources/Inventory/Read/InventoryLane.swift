internal import AWS
internal import Compression
internal import Crawl
internal import S3
internal import Signing
internal import System
internal import Vocabulary

/// Reads one file of an inventory after another into sorted runs, on a queue of its own.
///
/// A file is fetched whole, compressed as it is, into a file without a name, and its checksum compared, before
/// any of it is read: a connection that breaks costs the file, not the inventory, and what is damaged is told
/// as what it is.
actor InventoryLane {
  private let executor = SerialQueueExecutor(label: "inventory")
  private let files: InventoryFiles
  private let folder: String
  private let schema: InventorySchema
  private let bucket: String?
  private let prefix: Key
  private let progress: InventoryProgress
  private var writer: RunWriter

  private static let pieceBytes = 256 << 10

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  /// `folder` is where files wait.
  init(
    _ runs: RunFile, files: InventoryFiles, schema: InventorySchema, bucket: String?, prefix: Key,
    folder: String, progress: InventoryProgress
  ) {
    self.progress = progress
    writer = RunWriter(runs)
    self.files = files
    self.schema = schema
    self.bucket = bucket
    self.prefix = prefix
    self.folder = folder
  }

  /// Reads a file that a manifest names.
  ///
  /// - Throws: `InventoryError`, `S3Error`, `SystemError`, cancellation.
  func read(_ file: InventoryManifest.File) async throws -> RowReader.Summary {
    switch files {
    case .buckets(let client, let buckets):
      let (name, copy, size) = try await fetch(file, client, buckets)
      return try rows(of: name, size: size) { offset in
        try copy.read(at: offset, bytesMax: Self.pieceBytes)
      }
    case .folder(let folder):
      guard let path = FolderSearch.path(ofKey: file.key, beside: folder) else {
        throw InventoryError(.missingFile(file.key))
      }
      try check(path, file)
      let copy = try SequentialFile(reading: path)
      return try rows(of: path, size: file.size) { _ in
        let piece = try copy.next(bytesMax: Self.pieceBytes)
        progress.count(bytes: piece.count)
        return piece
      }
    }
  }

  /// Reads rows that come from somewhere else, piece by piece until there are none.
  func read(
    from name: String, next: @Sendable () throws -> [UInt8]
  ) throws -> RowReader.Summary {
    try rows(of: name, size: .max, tellsEnd: true) { _ in
      let piece = try next()
      progress.count(bytes: piece.count)
      return piece
    }
  }

  /// Writes out what is still in memory.
  func finish() throws { try writer.flush() }

  // MARK: - Bytes

  private func fetch(
    _ file: InventoryManifest.File, _ client: S3Client, _ buckets: [String]
  ) async throws -> (name: String, copy: UnnamedFile, size: Int64) {
    // The closures below know no actor.
    let progress = progress
    for bucket in buckets {
      let name = "s3://\(bucket)/\(file.key)"
      let copy = try UnnamedFile(in: folder)
      var size: Int64 = 0
      var digest: Optional<RunningDigest> = RunningDigest(.md5)
      let fetch = InventoryFetch(
        client: client, object: ObjectAddress(bucket: bucket, key: Key(file.key)))
      do {
        try await fetch.run {
          progress.count(bytes: -Int(size))
          size = 0
          digest = RunningDigest(.md5)
        } take: { piece in
          try Task.checkCancellation()
          guard size + Int64(piece.count) <= file.size else {
            throw InventoryError(
              .otherSize(
                file: name, stated: file.size, found: size + Int64(piece.count)))
          }
          digest?.update(piece)
          try copy.write(piece, at: size)
          size += Int64(piece.count)
          progress.count(bytes: piece.count)
        }
      } catch InventoryFault.missing {
        continue
      }
      try Self.compare(name, file, size: size, md5: digest.take()?.finish() ?? [])
      return (name, copy, size)
    }
    throw InventoryError(.missingFile("s3://\(buckets.first ?? "")/\(file.key)"))
  }

  private func check(_ path: String, _ file: InventoryManifest.File) throws {
    let bytes = try SequentialFile(reading: path)
    var digest = RunningDigest(.md5)
    var size: Int64 = 0
    while true {
      let piece = try bytes.next(bytesMax: Self.pieceBytes)
      if piece.isEmpty { break }
      try Task.checkCancellation()
      digest.update(piece)
      size += Int64(piece.count)
    }
    try Self.compare(path, file, size: size, md5: digest.finish())
  }

  private static func compare(
    _ name: String, _ file: InventoryManifest.File, size: Int64, md5: [UInt8]
  ) throws {
    guard size == file.size else {
      throw InventoryError(.otherSize(file: name, stated: file.size, found: size))
    }
    let found = Hexadecimal.text(md5)
    guard found == file.md5.lowercased() else {
      throw InventoryError(.otherChecksum(file: name, stated: file.md5, found: found))
    }
  }

  // MARK: - Rows

  private func rows(
    of name: String, size: Int64, tellsEnd: Bool = false, next: (Int64) throws -> [UInt8]
  ) throws -> RowReader.Summary {
    var rows = RowReader(
      schema, of: bucket, below: prefix, file: name, tellsEnd: tellsEnd)
    var gzip = GzipReader()
    var offset: Int64 = 0
    var counted: Int64 = 0
    func count() {
      progress.count(rows: rows.summary.rows - counted)
      counted = rows.summary.rows
    }
    do {
      while true {
        try Task.checkCancellation()
        let piece = try next(offset)
        if piece.isEmpty { break }
        offset += Int64(piece.count)
        try gzip.read(piece) { try rows.read($0, into: &writer) }
        count()
      }
      try gzip.finish { try rows.read($0, into: &writer) }
    } catch is Inflation.Failure {
      throw InventoryError(.damaged(file: name))
    }
    try rows.finish(into: &writer)
    count()
    return rows.summary
  }
}
