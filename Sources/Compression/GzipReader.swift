internal import CZlib

/// Decompresses what comes piece by piece: gzip in one member or several (RFC 1952, 2.2), or plain bytes.
///
/// What begins like no gzip is passed on as it is. Zeros behind the last member are passed over, as gzip(1)
/// does.
///
/// ```swift
/// var reader = GzipReader()
/// try reader.read(piece) { text in … }     // as often as pieces come
/// try reader.finish()                      // refuses a stream that was cut short
/// ```
@safe package struct GzipReader: ~Copyable {
  private enum Place: Equatable {
    /// Nothing came yet, or only the first byte.
    case start
    case plain
    case inMember
    case betweenMembers
  }

  private let stream: UnsafeMutablePointer<z_stream>
  private var place = Place.start
  private var chunk: [UInt8]
  /// The first byte, while nobody knows what it begins.
  private var held: [UInt8] = []

  private static let chunkBytes = 256 << 10

  package init() {
    // zlib remembers where its stream lies.
    unsafe stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    let code = unsafe czlib_begin_inflating(stream, Inflation.Wrapping.gzip.rawValue)
    precondition(code == Z_OK, "out of memory")
    chunk = [UInt8](repeating: 0, count: Self.chunkBytes)
  }

  deinit {
    _ = unsafe inflateEnd(stream)
    unsafe stream.deallocate()
  }

  /// Takes the next bytes, and hands what they decompress to over piece by piece.
  ///
  /// - Throws: `Inflation.Failure.damaged`, and whatever `body` throws.
  package mutating func read(
    _ bytes: [UInt8], _ body: (Span<UInt8>) throws -> Void
  ) throws {
    var bytes = bytes
    if place == .start {
      held += bytes
      guard held.count >= 2 else { return }
      bytes = held
      held = []
      place = bytes.starts(with: [0x1F, 0x8B]) ? .inMember : .plain
    }
    guard place != .plain else { return try body(bytes.span) }
    var start = 0
    while start < bytes.count {
      if place == .betweenMembers {
        if bytes[start] == 0 {
          start += 1
          continue
        }
        guard unsafe inflateReset(stream) == Z_OK else { throw Inflation.Failure.damaged }
        place = .inMember
      }
      start = try inflate(bytes, from: start, body)
    }
  }

  /// - Throws: `Inflation.Failure.damaged` where the stream has not come to its end; what `body` throws.
  package mutating func finish(_ body: (Span<UInt8>) throws -> Void) throws {
    if place == .start, !held.isEmpty { try body(held.span) }
    guard place != .inMember else { throw Inflation.Failure.damaged }
  }

  /// Decompresses up to the end of the bytes, or of a member; returns where that is.
  private mutating func inflate(
    _ bytes: [UInt8], from start: Int, _ body: (Span<UInt8>) throws -> Void
  ) throws -> Int {
    var position = start
    while true {
      let (code, read, count) = step(bytes, from: position)
      position += read
      if count > 0 { try body(chunk.span.extracting(0..<count)) }
      switch code {
      case Z_STREAM_END:
        place = .betweenMembers
        return position
      // A full chunk may have more behind it, though all bytes are read.
      case Z_OK where position < bytes.count || count == chunk.count: continue
      // Z_BUF_ERROR: there is nothing to go on with.
      case Z_OK, Z_BUF_ERROR: return bytes.count
      default: throw Inflation.Failure.damaged
      }
    }
  }

  private mutating func step(
    _ bytes: [UInt8], from start: Int
  ) -> (code: Int32, read: Int, count: Int) {
    let stream = unsafe stream
    return unsafe bytes.withUnsafeBufferPointer { input in
      unsafe chunk.withUnsafeMutableBufferPointer { room in
        unsafe stream.pointee.next_in = unsafe input.baseAddress.map {
          unsafe UnsafeMutablePointer(mutating: $0 + start)
        }
        unsafe stream.pointee.avail_in = UInt32(clamping: input.count - start)
        unsafe stream.pointee.next_out = room.baseAddress
        unsafe stream.pointee.avail_out = UInt32(room.count)
        let offered = unsafe stream.pointee.avail_in
        let code = unsafe CZlib.inflate(stream, Z_NO_FLUSH)
        return unsafe (
          code, Int(offered - stream.pointee.avail_in), room.count - Int(stream.pointee.avail_out)
        )
      }
    }
  }
}
