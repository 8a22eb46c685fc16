import CMicroHTTPD
import System

/// Gives the HTTP library a body piece by piece, and lets happen on the way what is to happen.
///
/// Called by one connection's thread alone, until the library frees it.
final class BodySender {
  private let body: ContentBody
  /// How long a piece of so many bytes has to wait for the link.
  private let pace: (@Sendable (Int) -> Duration)?
  private let socket: LentSocket

  init(_ body: ContentBody, socket: LentSocket, pace: (@Sendable (Int) -> Duration)?) {
    self.body = body
    self.socket = socket
    self.pace = pace
  }

  /// In the library's memory for each connection.
  private static let pieceBytesMax = 256 << 10

  /// The library's form of the answer, which frees the sender when it is done; nil without memory.
  consuming func response() -> OpaquePointer? {
    let length = UInt64(body.announcedLength)
    let context = Unmanaged.passRetained(self)
    let response = MHD_create_response_from_callback(
      length, Self.pieceBytesMax,
      { context, place, buffer, room in
        guard let context, let buffer else { return BodySender.failed }
        return Unmanaged<BodySender>.fromOpaque(context).takeUnretainedValue().read(
          at: Int64(place), into: UnsafeMutableRawBufferPointer(start: buffer, count: room))
      }, context.toOpaque(),
      { context in
        guard let context else { return }
        Unmanaged<BodySender>.fromOpaque(context).release()
      })
    if response == nil { context.release() }
    return response
  }

  /// MHD_CONTENT_READER_END_WITH_ERROR: the connection is closed.
  private static let failed = -2

  /// The bytes from a place on; returns how many.
  private func read(at place: Int64, into buffer: UnsafeMutableRawBufferPointer) -> Int {
    guard let fault = body.fault?.kind else { return fill(buffer, at: place, upTo: body.length) }
    switch fault {
    case .slow:
      let bytes = min(max(1, body.slowBytesPerSecond / 10), buffer.count)
      SystemClock.block(for: .seconds(Double(bytes) / Double(body.slowBytesPerSecond)))
      return fill(
        UnsafeMutableRawBufferPointer(rebasing: buffer[..<bytes]), at: place, upTo: body.length)
    case .cut, .reset, .stall:
      guard place >= body.brokenAt else { return fill(buffer, at: place, upTo: body.brokenAt) }
      if fault == .reset { socket.reset() }
      if fault == .stall { socket.waitForInput(milliseconds: -1) }
      return Self.failed
    case .flip:
      let count = fill(buffer, at: place, upTo: body.length)
      let flipped = body.brokenAt - place
      if flipped >= 0, flipped < count { buffer[Int(flipped)] ^= 1 }
      return count
    case .short, .unavailable, .internalError, .noContentRange, .whole, .otherRange:
      return fill(buffer, at: place, upTo: body.length)
    }
  }

  private func fill(
    _ buffer: UnsafeMutableRawBufferPointer, at place: Int64, upTo end: Int64
  ) -> Int {
    let count = Int(min(Int64(buffer.count), end - place))
    guard count > 0 else { return Self.failed }
    if let pace { SystemClock.block(for: pace(count)) }
    body.content.read(
      at: body.range.lowerBound + place,
      into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]))
    return count
  }
}
