internal import Compression
internal import Crawl
internal import System
internal import Vocabulary

/// A file of a listing, piece by piece until there are none.
package struct ListingFile: Sendable {
  /// For messages.
  package var name: String
  package var next: @Sendable () throws -> [UInt8]

  package init(name: String, next: @escaping @Sendable () throws -> [UInt8]) {
    (self.name, self.next) = (name, next)
  }
}

/// Listings that were read, compared with their receipts, and sorted; nothing of them is in the index yet.
struct SortedListings {
  let runs: RunFile
  let rows: Int64

  var pages: SortedPages {
    SortedPages(of: runs, repetition: .lastCame, entriesMax: Self.entriesPerPage)
  }

  /// As many as lie between two marks of a crawl.
  private static let entriesPerPage = 2_000

  /// Reads all files.
  ///
  /// - Throws: `ListingError`, `SystemError`, cancellation.
  static func read(
    _ files: [ListingFile], _ receipts: ListingReceipts, folder: String,
    progress: InventoryProgress
  ) async throws -> SortedListings {
    let runs = try RunFile(in: folder)
    progress.begin(files: files.count, bytes: 0)
    let lane = ListingLane(runs, receipts, progress)
    for file in files {
      try await lane.read(file)
      progress.countFile()
    }
    let (rows, isSorted) = try await lane.finish()
    let listings = SortedListings(runs: runs, rows: rows)
    if !isSorted, let key = try await listings.pages.firstRepeated() {
      throw ListingError(.repeatedKey(key))
    }
    return listings
  }
}

/// Reads one file after another into sorted runs, on a queue of its own.
private actor ListingLane {
  private let executor = SerialQueueExecutor(label: "listing")
  private let receipts: ListingReceipts
  private let progress: InventoryProgress
  private var writer: RunWriter
  /// Which file has the keys of each range.
  private var files: [Int: String] = [:]
  private var rows: Int64 = 0
  private var isSorted = true

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  init(_ runs: RunFile, _ receipts: ListingReceipts, _ progress: InventoryProgress) {
    writer = RunWriter(runs)
    (self.receipts, self.progress) = (receipts, progress)
  }

  func read(_ file: ListingFile) throws {
    var reader = ListingReader(receipts, file: file.name)
    var gzip = GzipReader()
    do {
      while true {
        try Task.checkCancellation()
        let piece = try file.next()
        if piece.isEmpty { break }
        progress.count(bytes: piece.count)
        let before = reader.rows
        try gzip.read(piece) { try reader.read($0, into: &writer) }
        progress.count(rows: reader.rows - before)
      }
      try gzip.finish { try reader.read($0, into: &writer) }
    } catch is Inflation.Failure {
      throw ListingError(.damaged(file: file.name))
    }
    try reader.finish()
    try compare(reader, file.name)
    rows += reader.rows
    isSorted = isSorted && reader.isSorted
  }

  /// A file has all keys of a range, or none.
  private func compare(_ reader: ListingReader, _ file: String) throws(ListingError) {
    for (place, tally) in reader.tallies.sorted(by: { $0.key < $1.key }) {
      let entry = receipts.entries[place]
      if let other = files[place] { throw ListingError(.twice(file: file, other: other, entry)) }
      files[place] = file
      let receipt = entry.receipt
      func differ(_ found: String, _ stated: String) throws(ListingError) {
        guard found != stated else { return }
        throw ListingError(.differs(file: file, entry, found: found, stated: stated))
      }
      try differ("\(tally.objects) objects", "\(receipt.objects) objects")
      try differ("\(tally.bytes) bytes", "\(receipt.bytes) bytes")
      try differ(
        "the first key \(tally.first.percentEncoded)",
        "the first key \(receipt.first?.percentEncoded ?? "")")
      try differ(
        "the last key \(tally.last.percentEncoded)",
        "the last key \(receipt.last?.percentEncoded ?? "")")
    }
  }

  /// - Returns: how many rows there are, and whether none of them can have come twice.
  func finish() throws -> (rows: Int64, isSorted: Bool) {
    for (place, entry) in receipts.entries.enumerated()
    where entry.receipt.objects > 0 && files[place] == nil {
      throw ListingError(.noFile(entry))
    }
    try writer.flush()
    return (rows, isSorted)
  }
}
