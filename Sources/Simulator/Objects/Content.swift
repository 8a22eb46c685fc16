/// The bytes of an object, in no place at once: computed from a seed, kept from a request, or pieces
/// of other objects one behind the other.
///
/// A GET of bytes 5 to 8 of an object that was copied together from two others:
///
///     content.read(at: 5, into: buffer)    // from the first piece, and on into the second
///
/// Costs memory only for what requests have sent.
struct Content: Sendable {
  enum Source: Sendable {
    /// `SeededBytes` of this seed.
    case seeded(UInt64)
    case kept([UInt8])
  }

  private struct Piece: Sendable {
    var source: Source
    /// Where in the source it begins.
    var start: Int64
    var count: Int64
  }

  private var pieces: [Piece] = []
  private(set) var count: Int64 = 0

  init() {}

  init(seed: UInt64, count: Int64) { append(Piece(source: .seeded(seed), start: 0, count: count)) }

  init(_ bytes: [UInt8]) {
    append(Piece(source: .kept(bytes), start: 0, count: Int64(bytes.count)))
  }

  mutating func append(_ other: Content) { for piece in other.pieces { append(piece) } }

  private mutating func append(_ piece: Piece) {
    guard piece.count > 0 else { return }
    pieces.append(piece)
    count += piece.count
  }

  /// Some of the bytes.
  ///
  /// Precondition: the range is within `0..<count`.
  func slice(_ range: Range<Int64>) -> Content {
    var slice = Content()
    forEachPiece(in: range) { slice.append($0) }
    return slice
  }

  /// Fills a buffer with the bytes from a place on.
  ///
  /// Precondition: there are as many.
  func read(at place: Int64, into buffer: UnsafeMutableRawBufferPointer) {
    var filled = 0
    forEachPiece(in: place..<place + Int64(buffer.count)) { piece in
      let part = UnsafeMutableRawBufferPointer(
        rebasing: buffer[filled..<filled + Int(piece.count)])
      switch piece.source {
      case .seeded(let seed): SeededBytes.fill(part, seed: seed, from: UInt64(piece.start))
      case .kept(let bytes):
        bytes.withUnsafeBytes { bytes in
          part.copyMemory(
            from: UnsafeRawBufferPointer(
              rebasing: bytes[Int(piece.start)..<Int(piece.start + piece.count)]))
        }
      }
      filled += part.count
    }
  }

  /// Hands over some of the bytes in their order, a few at a time.
  func forEachChunk(in range: Range<Int64>, _ body: (UnsafeRawBufferPointer) -> Void) {
    let chunkBytes = 128 << 10
    withUnsafeTemporaryAllocation(byteCount: chunkBytes, alignment: 16) { chunk in
      var place = range.lowerBound
      while place < range.upperBound {
        let count = Int(min(Int64(chunkBytes), range.upperBound - place))
        let part = UnsafeMutableRawBufferPointer(rebasing: chunk[..<count])
        read(at: place, into: part)
        body(UnsafeRawBufferPointer(part))
        place += Int64(count)
      }
    }
  }

  private func forEachPiece(in range: Range<Int64>, _ body: (Piece) -> Void) {
    var begin: Int64 = 0
    for piece in pieces where begin < range.upperBound {
      let part = range.clamped(to: begin..<begin + piece.count)
      if !part.isEmpty {
        body(
          Piece(
            source: piece.source, start: piece.start + part.lowerBound - begin,
            count: part.upperBound - part.lowerBound))
      }
      begin += piece.count
    }
  }
}

/// Bytes without end that follow from a seed; any place in them is as near as the first.
///
/// Eight at a time, the nth word of SplitMix64, little-endian: gigabytes a second.
enum SeededBytes {
  /// Fills a buffer with the bytes from `place` on.
  static func fill(_ buffer: UnsafeMutableRawBufferPointer, seed: UInt64, from place: UInt64) {
    var filled = 0
    while filled < buffer.count, (place + UInt64(filled)) & 7 != 0 {
      buffer[filled] = byte(seed, place + UInt64(filled))
      filled += 1
    }
    guard let base = buffer.baseAddress else { return }
    let words = (buffer.count - filled) / 8
    var state = seed &+ ((place + UInt64(filled)) >> 3) &* step
    let out = base + filled
    for word in 0..<words {
      out.storeBytes(of: mixed(state).littleEndian, toByteOffset: word &* 8, as: UInt64.self)
      state = state &+ step
    }
    filled += words * 8
    while filled < buffer.count {
      buffer[filled] = byte(seed, place + UInt64(filled))
      filled += 1
    }
  }

  private static func byte(_ seed: UInt64, _ place: UInt64) -> UInt8 {
    UInt8(truncatingIfNeeded: mixed(seed &+ (place >> 3) &* step) >> ((place & 7) * 8))
  }

  /// SplitMix64's own: 2⁶⁴ divided by the golden ratio.
  private static let step: UInt64 = 0x9E37_79B9_7F4A_7C15
}
