internal import System
internal import Vocabulary

/// Reads all runs of a `RunFile` side by side, in the order of keys; entries with the same key come in the
/// order of their runs.
///
/// So many runs that reading them at once would take much memory are merged into longer ones first.
struct RunMerge: ~Copyable {
  private let file: RunFile
  private var cursors: [RunCursor] = []
  /// A heap of positions in `cursors`: the one with the least key is first.
  private var heap: [Int] = []

  private static let runsMax = 256

  /// Precondition: nobody writes to the file any more.
  ///
  /// - Throws: `SystemError`.
  init(_ file: RunFile) throws(SystemError) {
    var (runs, skipped) = file.runs
    while runs.count > Self.runsMax {
      let first = runs.prefix(Self.runsMax)
      var merge = try RunMerge(file, Array(first), skipping: skipped)
      let merged = RunFile.Run(pieces: try merge.writeOut(), number: first.last?.number ?? 0)
      runs.removeFirst(first.count)
      // Behind the others, so that each entry is merged as often as another. Its number keeps its place.
      runs.append(merged)
      // Whoever reads them a second time finds them merged.
      file.replaceRuns(by: runs)
    }
    try self.init(file, runs.sorted { $0.number < $1.number }, skipping: skipped)
  }

  private init(
    _ file: RunFile, _ runs: [RunFile.Run], skipping skipped: Int
  ) throws(SystemError) {
    self.file = file
    for run in runs {
      var cursor = RunCursor(run, of: file.file, skipping: skipped)
      if try cursor.advance() { cursors.append(cursor) }
    }
    heap = Array(cursors.indices)
    for place in stride(from: heap.count / 2 - 1, through: 0, by: -1) { sift(from: place) }
  }

  /// Whether there is an entry.
  var hasEntry: Bool { !heap.isEmpty }

  /// Lends the first of the entries that are left; nil without one.
  ///
  /// `body` is given the bytes that it lies in and where it begins there.
  func withEntry<Result>(_ body: (UnsafeRawBufferPointer, Int) -> Result) -> Result? {
    heap.first.map { first in
      cursors[first].bytes.withUnsafeBytes { body($0, cursors[first].start) }
    }
  }

  /// Goes on to the next entry.
  ///
  /// Precondition: there is one.
  mutating func advance() throws(SystemError) {
    if try !cursors[heap[0]].advance() {
      let last = heap.removeLast()
      guard !heap.isEmpty else { return }
      heap[0] = last
    }
    sift(from: 0)
  }

  private mutating func sift(from place: Int) {
    var place = place
    let moved = heap[place]
    while true {
      var child = 2 * place + 1
      guard child < heap.count else { break }
      if child + 1 < heap.count, precedes(heap[child + 1], heap[child]) { child += 1 }
      guard precedes(heap[child], moved) else { break }
      heap[place] = heap[child]
      place = child
    }
    heap[place] = moved
  }

  private func precedes(_ left: Int, _ right: Int) -> Bool {
    if cursors[left].word != cursors[right].word { return cursors[left].word < cursors[right].word }
    let order = cursors[left].bytes.withUnsafeBytes { leftBytes in
      cursors[right].bytes.withUnsafeBytes { rightBytes in
        RunEntry.order(
          RunEntry.key(at: cursors[left].start, in: leftBytes),
          RunEntry.key(at: cursors[right].start, in: rightBytes))
      }
    }
    return order != 0 ? order < 0 : left < right
  }

  /// Writes all that is left to the end of the file; returns where it is.
  private mutating func writeOut() throws(SystemError) -> [Range<Int64>] {
    var pieces: [Range<Int64>] = []
    var bytes: [UInt8] = []
    while hasEntry {
      _ = withEntry { entry, start in
        let count = RunEntry.count(at: start, in: entry)
        bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: entry[start..<start + count]))
      }
      try advance()
      guard bytes.count >= RunCursor.pieceBytes || !hasEntry else { continue }
      let piece = file.reserve(bytes.count)
      try file.file.write(bytes, at: piece.lowerBound)
      pieces.append(piece)
      bytes.removeAll(keepingCapacity: true)
    }
    return pieces
  }
}

/// A place in a run, with the entry that is there.
private struct RunCursor {
  /// Some of the run's bytes, of which the entry at `start` is there whole.
  private(set) var bytes: [UInt8] = []
  private(set) var start = 0
  /// What its key sorts by, before its bytes are compared.
  private(set) var word: UInt64 = 0
  private let file: UnnamedFile
  private var pieces: ArraySlice<Range<Int64>>
  private let skipped: Int
  private var end = 0

  static let pieceBytes = 128 << 10

  init(_ run: RunFile.Run, of file: UnnamedFile, skipping skipped: Int) {
    self.file = file
    self.skipped = skipped
    pieces = run.pieces[...]
  }

  /// Goes on to the next entry; false at the end.
  mutating func advance() throws(SystemError) -> Bool {
    start = end
    var count = bytes.count - start
    if count >= 4 { count = bytes.withUnsafeBytes { RunEntry.count(at: start, in: $0) } }
    if start + count > bytes.count || bytes.count - start < 4 {
      guard try readMore() else { return false }
      count = bytes.withUnsafeBytes { RunEntry.count(at: start, in: $0) }
    }
    end = start + count
    word = bytes.withUnsafeBytes { bytes in
      RunEntry.order(
        ofKeyAt: start + RunEntry.headBytes, count: RunEntry.short(at: start + 4, in: bytes),
        skipping: skipped, in: bytes)
    }
    return true
  }

  /// Reads on, keeping the entry that has begun; false at the end of the run.
  private mutating func readMore() throws(SystemError) -> Bool {
    bytes.removeSubrange(..<start)
    start = 0
    while let piece = pieces.first {
      // An entry is shorter than what is read at once: a key, an ETag and an id have 64 KiB each at most.
      let count = min(max(Self.pieceBytes, 1), Int(piece.upperBound - piece.lowerBound))
      bytes += try file.read(count, at: piece.lowerBound)
      pieces[pieces.startIndex] = piece.lowerBound + Int64(count)..<piece.upperBound
      if pieces.first?.isEmpty == true { pieces.removeFirst() }
      guard bytes.count >= 4 else { continue }
      if bytes.withUnsafeBytes({ RunEntry.count(at: 0, in: $0) }) <= bytes.count { return true }
    }
    return false
  }
}
