internal import System
package import Vocabulary

/// Sorts the objects of a listing without order on disk, in a file that is gone with it.
///
/// An object that is listed twice is kept once, as it was listed last. Its errors are
/// `SortingError`.
package actor PageSorter {
  private let executor = SerialQueueExecutor(label: "sorter")
  private let folder: String
  /// Made by the first page, on the sorter's own queue.
  private var file: RunFile?
  private var writer: RunWriter?
  private var seen: SeenKeys

  /// Objects of a page that comes out.
  private static let objectsPerPage = 1_000

  package nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  /// `folder` is where the file is made; about so many keys are remembered.
  package init(folder: String = FileSystem.temporaryFolder, keysRemembered: Int = 1 << 20) {
    self.folder = folder
    seen = SeenKeys(firstMax: keysRemembered, recentMax: max(1, keysRemembered / 8))
  }

  /// Takes a page in; returns how many of its keys are new, as far as keys are remembered (`SeenKeys`).
  package func add(_ page: ObjectPage) throws -> Int {
    do {
      try insert(page)
    } catch let error as SystemError {
      throw SortingError(error)
    }
    return seen.note(page)
  }

  private func insert(_ page: ObjectPage) throws {
    if writer == nil { writer = RunWriter(try opened()) }
    try page.text.withUnsafeBytes { text in
      for (index, record) in page.records.enumerated() {
        let name = Array(page.storageClass(at: index).utf8)
        guard let number = name.withUnsafeBytes({ writer?.number(ofClass: $0) }) else {
          throw SystemError.tooLarge("sort", "more than 256 storage classes")
        }
        try writer?.append(
          key: UnsafeRawBufferPointer(rebasing: text[record.key.range]),
          etag: UnsafeRawBufferPointer(rebasing: text[record.etag.range]),
          versionID: UnsafeRawBufferPointer(start: nil, count: 0),
          RunWriter.Facts(
            size: record.size, lastModified: record.lastModified, storageClass: number))
      }
    }
  }

  private func opened() throws(SystemError) -> RunFile {
    if let file { return file }
    let file = try RunFile(in: folder)
    self.file = file
    return file
  }

  /// Everything that was added, in the order of keys; nothing can be added after that.
  package func sorted() throws -> SortedPages {
    do throws(SystemError) {
      try writer?.flush()
      return SortedPages(
        of: try opened(), repetition: .lastCame, entriesMax: Self.objectsPerPage)
    } catch {
      throw SortingError(error)
    }
  }
}

/// Which keys a listing without order has shown, in memory that does not grow with it: the first million, and
/// the last quarter of one.
///
/// A server that begins anew shows the first ones again, and one that repeats its end the last. One that goes round
/// in the middle is known by a page that comes a third time (Brent's way to find a circle: the page that is
/// waited for is replaced ever more seldom).
private struct SeenKeys {
  private var first: Set<UInt64> = []
  private var recent: Set<UInt64> = []
  private var before: Set<UInt64> = []
  private var anchor: (firstKey: UInt64, records: Int)?
  private var meetings = 0
  private var pagesSinceAnchor = 0
  private var pagesToNextAnchor = 1

  private let firstMax: Int
  private let recentMax: Int

  private static let meetingsMax = 2

  init(firstMax: Int, recentMax: Int) {
    self.firstMax = firstMax
    self.recentMax = recentMax
  }

  /// How many keys of a page are new.
  mutating func note(_ page: ObjectPage) -> Int {
    var new = 0
    for record in page.records {
      var hasher = Hasher()
      page.text.withUnsafeBytes {
        hasher.combine(bytes: UnsafeRawBufferPointer(rebasing: $0[record.key.range]))
      }
      let key = UInt64(bitPattern: Int64(hasher.finalize()))
      if isNew(key) { new += 1 }
    }
    return isInCircle(page) ? 0 : new
  }

  private mutating func isNew(_ key: UInt64) -> Bool {
    if first.contains(key) || before.contains(key) { return false }
    guard first.count >= firstMax else {
      first.insert(key)
      return true
    }
    guard recent.insert(key).inserted else { return false }
    if recent.count >= recentMax { (before, recent) = (recent, []) }
    return true
  }

  private mutating func isInCircle(_ page: ObjectPage) -> Bool {
    guard let key = page.firstKey else { return false }
    let name = (firstKey: UInt64(bitPattern: Int64(key.hashValue)), records: page.records.count)
    if let anchor, anchor == name { meetings += 1 }
    if meetings > Self.meetingsMax { return true }
    pagesSinceAnchor += 1
    if pagesSinceAnchor >= pagesToNextAnchor {
      (anchor, pagesSinceAnchor, meetings) = (name, 0, 0)
      pagesToNextAnchor = pagesToNextAnchor.multipliedReportingOverflow(by: 2).partialValue
    }
    return false
  }
}

/// A failure of the disk on which a listing without order is sorted.
package struct SortingError: Error, Equatable, CustomStringConvertible {
  private let error: SystemError

  init(_ error: SystemError) {
    self.error = error
  }

  package var description: String {
    "the listing comes in no order, and sorting it in a temporary file failed: \(error)"
  }
}
