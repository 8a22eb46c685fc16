internal import Synchronization
package import System
package import Vocabulary

/// Sorts the entries of a listing by key on disk: they come in any order and go out in order, whatever their
/// number, with a few dozen megabytes of memory.
///
/// `RunWriter`s, one a thread, sort as much as fits in memory and write it out, which is a run. `RunMerge` reads
/// all runs side by side. Input that is in order makes one run however long it is:
///
///     a c e | b d f      two runs of three:  a b c d e f
///     a b c | d e f      one run
///
/// A B-tree by key takes three times as long, as each key goes to another page of it: 30 s of CPU for 3 M
/// shuffled keys of 36 bytes, SQLite's own sorter 10 s. The file has no name, and is gone with its owner.
package final class RunFile: Sendable {
  /// A sorted part of the file.
  struct Run: Sendable {
    /// Its bytes, piece by piece, each of whole entries.
    var pieces: [Range<Int64>] = []
    /// Which of two entries with the same key comes first: that of the run with the smaller number.
    var number: Int
  }

  fileprivate struct State {
    var runs: [Run] = []
    var bytes: Int64 = 0
    var classes: [String] = []
    var classNumbers: [String: UInt8] = [:]
    /// What all keys begin with; nil before there is one.
    var commonPrefix: [UInt8]?
  }

  let file: UnnamedFile
  private let state = Mutex(State())

  /// Makes the file on the file system of a folder.
  ///
  /// - Throws: `SystemError`.
  package init(in folder: String) throws(SystemError) {
    file = try UnnamedFile(in: folder)
  }

  /// The number of a storage class; nil where there are 256 others.
  func number(ofClass name: String) -> UInt8? {
    state.withLock { state in
      if let known = state.classNumbers[name] { return known }
      guard let number = UInt8(exactly: state.classes.count) else { return nil }
      state.classes.append(name)
      state.classNumbers[name] = number
      return number
    }
  }

  /// The names of the storage classes by their numbers.
  var classes: [String] { state.withLock { $0.classes } }

  /// What all keys that were written out begin with; nil where there is none.
  package var commonPrefix: Key? { state.withLock { $0.commonPrefix.map { Key($0) } } }

  /// Room for so many bytes.
  func reserve(_ count: Int) -> Range<Int64> {
    state.withLock { state in
      defer { state.bytes += Int64(count) }
      return state.bytes..<state.bytes + Int64(count)
    }
  }

  /// Notes a new run; returns its number.
  func addRun(_ piece: Range<Int64>, keysBeginWith prefix: some Collection<UInt8>) -> Int {
    state.withLock { state in
      state.runs.append(Run(pieces: [piece], number: state.runs.count))
      state.narrow(to: prefix)
      return state.runs.count - 1
    }
  }

  /// Prolongs a run.
  func add(_ piece: Range<Int64>, toRun number: Int, keysBeginWith prefix: some Collection<UInt8>) {
    state.withLock { state in
      state.runs[number].pieces.append(piece)
      state.narrow(to: prefix)
    }
  }

  /// Puts longer runs in the place of those that were merged into them.
  ///
  /// Precondition: nobody writes to the file any more.
  func replaceRuns(by runs: [Run]) { state.withLock { $0.runs = runs } }

  /// All runs, and what their keys begin with.
  var runs: (all: [Run], commonPrefix: Int) {
    state.withLock { ($0.runs, $0.commonPrefix?.count ?? 0) }
  }
}

extension RunFile.State {
  fileprivate mutating func narrow(to prefix: some Collection<UInt8>) {
    guard let before = commonPrefix else { return commonPrefix = Array(prefix) }
    let shared = zip(before, prefix).prefix { $0 == $1 }.count
    if shared < before.count { commonPrefix = Array(before[..<shared]) }
  }
}

/// How an entry lies in the file, and in the memory of those who sort it: a head of fixed size, then its texts.
///
///     0  bytes of the whole entry     8   bytes of the version id   12  size, -
///     4  bytes of the key             10  storage class             20  time in ms
///     6  bytes of the ETag            11  flags                     28  key, ETag, version id
enum RunEntry {
  static let headBytes = 28
  /// A key, an ETag and an id have 64 KiB each at most.
  static let bytesMax = headBytes + 3 * 0xFFFF

  enum Flag {
    static let version: UInt8 = 1
    static let marker: UInt8 = 2
    static let latest: UInt8 = 4
  }

  /// What a key of up to eight more bytes than `skipped` sorts by: these bytes as a number, which differs
  /// for most pairs of keys.
  @inline(__always)
  static func order(
    ofKeyAt start: Int, count: Int, skipping skipped: Int, in bytes: UnsafeRawBufferPointer
  ) -> UInt64 {
    let rest = count - skipped
    guard rest > 0 else { return 0 }
    if start + skipped + 8 <= bytes.count {
      let word = UInt64(
        bigEndian: bytes.loadUnaligned(fromByteOffset: start + skipped, as: UInt64.self))
      return rest >= 8 ? word : word & ~(UInt64.max >> UInt64(8 * rest))
    }
    var word: UInt64 = 0
    for place in 0..<8 {
      word = word << 8 | (place < rest ? UInt64(bytes[start + skipped + place]) : 0)
    }
    return word
  }

  @inline(__always)
  static func count(at start: Int, in bytes: UnsafeRawBufferPointer) -> Int {
    Int(bytes.loadUnaligned(fromByteOffset: start, as: UInt32.self))
  }

  @inline(__always)
  static func short(at start: Int, in bytes: UnsafeRawBufferPointer) -> Int {
    Int(bytes.loadUnaligned(fromByteOffset: start, as: UInt16.self))
  }

  /// The bytes of the key of the entry that begins at `start`.
  @inline(__always)
  static func key(at start: Int, in bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    let first = start + headBytes
    return UnsafeRawBufferPointer(rebasing: bytes[first..<first + short(at: start + 4, in: bytes)])
  }

  /// Negative, zero or positive as one key sorts before, with or after another.
  @inline(__always)
  static func order(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Int32 {
    byteOrder(of: left, relativeTo: right)
  }
}
