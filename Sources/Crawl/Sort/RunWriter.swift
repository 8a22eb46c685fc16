package import System
package import Vocabulary

/// Takes entries in any order and writes them to a `RunFile` in sorted runs; for one thread.
///
/// Entries of one writer with the same key stay in the order in which they came.
package struct RunWriter: ~Copyable {
  private let file: RunFile
  /// The memory that entries are put into, one behind the other.
  private var bytes: [UInt8]
  private var used = 0
  /// Where each entry begins.
  private var starts: [UInt32] = []
  private var isSorted = true
  /// How many bytes all keys in memory have in common with the first of them.
  private var shared = 0
  /// The run that goes on while what is written out comes after it, and its last key.
  private var run: (number: Int, lastKey: [UInt8])?
  private var classNumbers: [(name: [UInt8], number: UInt8)] = []

  /// How much is sorted at once: more of it are fewer runs, and as much memory again while it is written.
  private let bytesMax: Int

  package init(_ file: RunFile, bytesMax: Int = 8 << 20) {
    self.file = file
    // Whatever an entry has, it fits.
    bytes = [UInt8](repeating: 0, count: max(bytesMax, RunEntry.bytesMax))
    self.bytesMax = bytesMax
  }

  /// What an entry is besides its texts.
  package struct Facts {
    package var size: Int64
    package var lastModified: Timestamp
    package var storageClass: UInt8
    /// Of versions alone.
    package var version: (isMarker: Bool, isLatest: Bool)?

    package init(
      size: Int64, lastModified: Timestamp, storageClass: UInt8,
      version: (isMarker: Bool, isLatest: Bool)? = nil
    ) {
      self.size = size
      self.lastModified = lastModified
      self.storageClass = storageClass
      self.version = version
    }
  }

  /// The number of a storage class; nil where there are too many.
  package mutating func number(ofClass name: UnsafeRawBufferPointer) -> UInt8? {
    // There are few of them, and mostly the first.
    for known in classNumbers
    where known.name.withUnsafeBytes({ byteOrder(of: $0, relativeTo: name) }) == 0 {
      return known.number
    }
    guard let number = file.number(ofClass: String(decoding: name, as: UTF8.self)) else {
      return nil
    }
    classNumbers.append((Array(name), number))
    return number
  }

  /// Takes an entry.
  ///
  /// Precondition: none of its texts has more than 65,535 bytes.
  ///
  /// - Throws: `SystemError`, such as for a full disk.
  package mutating func append(
    key: UnsafeRawBufferPointer, etag: UnsafeRawBufferPointer, versionID: UnsafeRawBufferPointer,
    _ facts: Facts
  ) throws(SystemError) {
    let count = RunEntry.headBytes + key.count + etag.count + versionID.count
    if used + count > bytesMax, !starts.isEmpty { try flush() }
    let start = used
    let flags = Self.flags(facts)
    bytes.withUnsafeMutableBytes { bytes in
      func store(_ number: some FixedWidthInteger & BitwiseCopyable, _ place: Int) {
        bytes.storeBytes(of: number, toByteOffset: start + place, as: type(of: number))
      }
      store(UInt32(count), 0)
      store(UInt16(key.count), 4)
      store(UInt16(etag.count), 6)
      store(UInt16(versionID.count), 8)
      bytes[start + 10] = facts.storageClass
      bytes[start + 11] = flags
      store(facts.size, 12)
      store(facts.lastModified.millisecondsSinceEpoch, 20)
      var place = start + RunEntry.headBytes
      for text in [key, etag, versionID] where !text.isEmpty {
        UnsafeMutableRawBufferPointer(rebasing: bytes[place..<place + text.count])
          .copyMemory(from: text)
        place += text.count
      }
    }
    used += count
    if starts.isEmpty { shared = key.count }
    if let last = starts.last { note(start, after: Int(last)) }
    starts.append(UInt32(start))
  }

  private static func flags(_ facts: Facts) -> UInt8 {
    guard let version = facts.version else { return 0 }
    return RunEntry.Flag.version | (version.isMarker ? RunEntry.Flag.marker : 0)
      | (version.isLatest ? RunEntry.Flag.latest : 0)
  }

  /// Compares a new entry with the one before it, and with the first.
  private mutating func note(_ start: Int, after last: Int) {
    let (isSorted, shared) = (isSorted, shared)
    let (stays, common) = bytes.withUnsafeBytes { bytes in
      let key = RunEntry.key(at: start, in: bytes)
      let first = RunEntry.key(at: 0, in: bytes)
      var common = 0
      let end = min(shared, key.count)
      while common < end, key[common] == first[common] { common += 1 }
      return (
        isSorted && RunEntry.order(RunEntry.key(at: last, in: bytes), key) <= 0, common
      )
    }
    self.isSorted = stays
    self.shared = common
  }

  /// Writes out what is in memory.
  package mutating func flush() throws(SystemError) {
    guard !starts.isEmpty else { return }
    if !isSorted { sort() }
    let piece = file.reserve(used)
    try file.file.write(bytes.span.extracting(0..<used), at: piece.lowerBound)
    let (first, last) = bytes.withUnsafeBytes { bytes in
      (Array(RunEntry.key(at: 0, in: bytes)), Array(RunEntry.key(at: lastStart, in: bytes)))
    }
    let prefix = first.prefix(shared)
    if let run, !first.lexicographicallyPrecedes(run.lastKey) {
      file.add(piece, toRun: run.number, keysBeginWith: prefix)
      self.run = (run.number, last)
    } else {
      run = (file.addRun(piece, keysBeginWith: prefix), last)
    }
    used = 0
    starts.removeAll(keepingCapacity: true)
    isSorted = true
  }

  private var lastStart: Int { Int(starts.last ?? 0) }

  /// Brings the entries in memory into order.
  private mutating func sort() {
    let (shared, starts) = (shared, starts)
    var sortedStarts: [UInt32] = []
    sortedStarts.reserveCapacity(starts.count)
    let order = bytes.withUnsafeBytes { Self.order(of: starts, skipping: shared, in: $0) }
    var sorted = [UInt8](repeating: 0, count: bytes.count)
    bytes.withUnsafeBytes { bytes in
      sorted.withUnsafeMutableBytes { sorted in
        var place = 0
        for start in order {
          let count = RunEntry.count(at: start, in: bytes)
          UnsafeMutableRawBufferPointer(rebasing: sorted[place..<place + count])
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[start..<start + count]))
          sortedStarts.append(UInt32(place))
          place += count
        }
      }
    }
    bytes = sorted
    self.starts = sortedStarts
  }

  /// Where entries begin, in the order of their keys.
  private static func order(
    of starts: [UInt32], skipping shared: Int, in bytes: UnsafeRawBufferPointer
  ) -> [Int] {
    var order = starts.map { start in
      (
        word: RunEntry.order(
          ofKeyAt: Int(start) + RunEntry.headBytes,
          count: RunEntry.short(at: Int(start) + 4, in: bytes), skipping: shared, in: bytes),
        start: start
      )
    }
    order.sort { left, right in
      if left.word != right.word { return left.word < right.word }
      let order = RunEntry.order(
        RunEntry.key(at: Int(left.start), in: bytes), RunEntry.key(at: Int(right.start), in: bytes))
      return order != 0 ? order < 0 : left.start < right.start
    }
    return order.map { Int($0.start) }
  }
}
