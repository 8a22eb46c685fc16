import HTTPServing
import System

/// Gives the server a body piece by piece, and lets happen on the way what is to happen.
///
/// Called by one connection's thread alone.
final class BodySender {
  private let body: ContentBody
  /// How long a piece of so many bytes has to wait for the link.
  private let pace: (@Sendable (Int) -> Duration)?

  init(_ body: ContentBody, pace: (@Sendable (Int) -> Duration)?) {
    self.body = body
    self.pace = pace
  }

  /// In the server's memory for each connection.
  private static let pieceBytesMax = 256 << 10

  /// The server's form of the body.
  var pieces: LoopbackBody {
    .pieces(length: body.announcedLength, bytesMax: Self.pieceBytesMax) { place, buffer, socket in
      self.read(at: place, into: buffer, on: socket)
    }
  }

  /// The bytes from a place on; returns how many, nil to close the connection.
  private func read(
    at place: Int64, into buffer: UnsafeMutableRawBufferPointer, on socket: LentSocket
  ) -> Int? {
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
      return nil
    case .flip:
      guard let count = fill(buffer, at: place, upTo: body.length) else { return nil }
      let flipped = body.brokenAt - place
      if flipped >= 0, flipped < count { buffer[Int(flipped)] ^= 1 }
      return count
    case .short, .unavailable, .internalError, .noContentRange, .whole, .otherRange:
      return fill(buffer, at: place, upTo: body.length)
    }
  }

  private func fill(
    _ buffer: UnsafeMutableRawBufferPointer, at place: Int64, upTo end: Int64
  ) -> Int? {
    let count = Int(min(Int64(buffer.count), end - place))
    guard count > 0 else { return nil }
    if let pace { SystemClock.block(for: pace(count)) }
    body.content.read(
      at: body.range.lowerBound + place,
      into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]))
    return count
  }
}
