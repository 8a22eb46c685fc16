internal import CMicroHTTPD
package import System

/// A request to a `LoopbackDaemon`, as it came, before anything is decoded.
package struct LoopbackRequest: Sendable {
  package var method: String
  /// The path and query of the request line, undecoded.
  package var target: [UInt8]
  /// Names in lower case.
  package var headers: [(name: String, value: String)]
  package var body: [UInt8]
}

/// What a `LoopbackDaemon` does about a request.
@safe package enum LoopbackAnswer: ~Copyable {
  case answer(status: Int, headers: [(name: String, value: String)], body: LoopbackBody)
  /// The connection is lent to a closure, which sends what it likes, and closed after it.
  case raw(@Sendable (LentSocket) -> Void)
  /// The connection is closed.
  case lost
}

/// The body of an answer.
@safe package enum LoopbackBody: ~Copyable {
  case bytes(ForeignBytes)
  /// Of an answer to HEAD: its length, which is all that is sent.
  case announced(length: Int64)
  /// Asked for piece by piece, with the place in the body, on one connection's thread.
  case pieces(length: Int64, bytesMax: Int, read: PieceReader)
}

/// Fills a buffer from a place of the body on and returns how many bytes that were; nil ends the connection.
package typealias PieceReader = (Int64, UnsafeMutableRawBufferPointer, LentSocket) -> Int?

extension LoopbackAnswer {
  /// Hands the answer to the library, on the connection's thread.
  consuming func send(on connection: OpaquePointer) -> MHD_Result {
    switch consume self {
    case .lost: return .NO
    case .raw(let send):
      send(unsafe LentSocket(descriptor: cmicrohttpd_socket(connection)))
      // The connection has no further use: this closes it.
      return .NO
    case .answer(let status, let headers, let body):
      guard let response = unsafe body.response(on: connection) else { return .NO }
      defer { unsafe cmicrohttpd_release(response) }
      for (name, value) in headers {
        guard unsafe cmicrohttpd_add_header(response, name, value) != 0 else { return .NO }
      }
      return unsafe cmicrohttpd_queue(connection, UInt32(status), response)
    }
  }
}

extension LoopbackBody {
  /// MHD_CONTENT_READER_END_WITH_ERROR: the connection is closed.
  fileprivate static var failed: Int { -2 }

  /// The library's own form of an answer, without its headers; nil without memory.
  fileprivate consuming func response(on connection: OpaquePointer) -> OpaquePointer? {
    switch consume self {
    case .bytes(let bytes):
      let memory = unsafe bytes.take()
      let response = unsafe cmicrohttpd_answer(memory.count, memory.baseAddress)
      if unsafe response == nil { unsafe ForeignMemory.deallocate(memory.baseAddress) }
      return unsafe response
    case .announced(let length):
      // The library takes the length from the response and asks nobody for a body it does not send.
      return unsafe cmicrohttpd_answer_in_pieces(
        UInt64(length), 1_024, { _, _, _, _ in LoopbackBody.failed }, nil, nil)
    case .pieces(let length, let bytesMax, let read):
      let socket = unsafe LentSocket(descriptor: cmicrohttpd_socket(connection))
      return unsafe PieceSender(read, socket: socket).response(length: length, bytesMax: bytesMax)
    }
  }
}

/// Gives the library a body piece by piece; called by one connection's thread alone, until the library frees it.
@safe private final class PieceSender {
  private let read: PieceReader
  private let socket: LentSocket

  init(_ read: @escaping PieceReader, socket: LentSocket) {
    unsafe self.read = unsafe read
    self.socket = socket
  }

  /// The library's form of the answer, which frees the sender when it is done; nil without memory.
  ///
  /// A piece is in the library's memory for each connection.
  consuming func response(length: Int64, bytesMax: Int) -> OpaquePointer? {
    let context = unsafe Unmanaged.passRetained(self)
    let response = unsafe cmicrohttpd_answer_in_pieces(
      UInt64(length), bytesMax,
      { context, place, buffer, room in
        guard let context = unsafe context, let buffer = unsafe buffer else {
          return LoopbackBody.failed
        }
        let sender = unsafe Unmanaged<PieceSender>.fromOpaque(context).takeUnretainedValue()
        let piece = unsafe UnsafeMutableRawBufferPointer(start: buffer, count: room)
        return unsafe sender.read(Int64(place), piece, sender.socket) ?? LoopbackBody.failed
      }, context.toOpaque(),
      { context in
        guard let context = unsafe context else { return }
        unsafe Unmanaged<PieceSender>.fromOpaque(context).release()
      })
    if unsafe response == nil { unsafe context.release() }
    return unsafe response
  }
}
