internal import CMicroHTTPD
internal import System

/// An answer in the library's form, which any thread may make and one sends.
///
/// Safety: the library counts the references to its form under a lock of its own, and nothing changes it once it
/// is made.
@safe final class PreparedAnswer: @unchecked Sendable {
  private let response: OpaquePointer
  private let status: UInt32

  /// Nil for what cannot be sent: a status or a header that is none, or no memory.
  init?(_ answer: ServedAnswer, closes: Bool) {
    guard (200...599).contains(answer.status) else { return nil }
    guard let made = unsafe libraryForm(of: answer.body) else { return nil }
    unsafe response = made
    status = UInt32(answer.status)
    var headers = answer.headers.filter { !Self.ofTheServer.contains($0.name.lowercased()) }
    if closes || answer.closes { headers.append(("Connection", "close")) }
    for (name, value) in headers {
      // The library refuses what would break a line.
      guard unsafe cmicrohttpd_add_header(response, name, value) != 0 else { return nil }
    }
  }

  deinit { unsafe cmicrohttpd_release(response) }

  private static let ofTheServer: Set = [
    "connection", "content-length", "date", "transfer-encoding",
  ]

  /// What is sent where an answer cannot be; nil without memory.
  static func failure() -> PreparedAnswer? {
    PreparedAnswer(.bare(status: 500), closes: true)
  }

  /// Has it sent, on the connection's own thread.
  func queue(on connection: OpaquePointer) -> MHD_Result {
    unsafe cmicrohttpd_queue(connection, status, response)
  }
}

/// The library's form of a body; nil without memory.
///
/// A large one stays where it is, and the library fetches it piece by piece: there is no second copy of it.
private func libraryForm(of body: [UInt8]) -> OpaquePointer? {
  guard body.count > BodyPieces.bytesMax else {
    let copied = unsafe ForeignBytes(body).take()
    let made = unsafe cmicrohttpd_answer(copied.count, copied.baseAddress)
    if unsafe made == nil { unsafe ForeignMemory.deallocate(copied.baseAddress) }
    return unsafe made
  }
  let pieces = unsafe Unmanaged.passRetained(BodyPieces(body))
  let made = unsafe cmicrohttpd_answer_in_pieces(
    UInt64(body.count), BodyPieces.bytesMax,
    { context, place, buffer, room in
      guard let context = unsafe context, let buffer = unsafe buffer else { return endWithError }
      let pieces = unsafe Unmanaged<BodyPieces>.fromOpaque(context).takeUnretainedValue()
      return unsafe pieces.copy(
        from: Int(place), to: UnsafeMutableRawBufferPointer(start: buffer, count: room))
    }, pieces.toOpaque(),
    { context in
      guard let context = unsafe context else { return }
      unsafe Unmanaged<BodyPieces>.fromOpaque(context).release()
    })
  if unsafe made == nil { unsafe pieces.release() }
  return unsafe made
}

/// MHD_CONTENT_READER_END_WITH_ERROR: the connection is closed.
private let endWithError = -2

/// A body that the library has not all of.
private final class BodyPieces: Sendable {
  static let bytesMax = 64 << 10
  private let body: [UInt8]

  init(_ body: [UInt8]) { self.body = body }

  /// Copies what follows a place, as much as there is room for, and returns how much.
  func copy(from place: Int, to room: UnsafeMutableRawBufferPointer) -> Int {
    let piece = body[place...].prefix(room.count)
    unsafe piece.withUnsafeBytes { bytes in unsafe room.copyMemory(from: bytes) }
    return piece.count
  }
}
