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
    let body = unsafe ForeignBytes(answer.body).take()
    guard
      let made = unsafe MHD_create_response_from_buffer(
        body.count, body.baseAddress, .RESPMEM_MUST_FREE)
    else {
      unsafe ForeignMemory.deallocate(body.baseAddress)
      return nil
    }
    unsafe response = made
    status = UInt32(answer.status)
    var headers = answer.headers.filter { !Self.ofTheServer.contains($0.name.lowercased()) }
    if closes || answer.closes { headers.append(("Connection", "close")) }
    for (name, value) in headers {
      // The library refuses what would break a line.
      guard unsafe MHD_add_response_header(response, name, value) == .YES else { return nil }
    }
  }

  deinit { unsafe MHD_destroy_response(response) }

  private static let ofTheServer: Set = [
    "connection", "content-length", "date", "transfer-encoding",
  ]

  /// What is sent where an answer cannot be; nil without memory.
  static func failure() -> PreparedAnswer? {
    PreparedAnswer(ServedAnswer(status: 500), closes: true)
  }

  /// Has it sent, on the connection's own thread.
  func queue(on connection: OpaquePointer) -> MHD_Result {
    unsafe MHD_queue_response(connection, status, response)
  }
}
