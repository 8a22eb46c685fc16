import HTTPServing
import Synchronization
import System

/// A server that says what it was asked, and what it refused.
final class ServerFixture: Sendable {
  let server: HTTPServer
  private let log: Log

  private final class Log: Sendable {
    struct Lines {
      var requests: [ServedRequest] = []
      var refusals: [Refusal.Reason] = []
    }
    let lines = Mutex(Lines())
  }

  /// Where `answer` says nothing else, the answer is the target of the request.
  init(
    host: String = "127.0.0.1", change: (inout ListenSettings) -> Void = { _ in },
    answer: @escaping @Sendable (ServedRequest, Reply) -> Void = { request, reply in
      reply.send(ServedAnswer(status: 200, body: request.target))
    }
  ) throws {
    var settings = ListenSettings(host: host, port: 0)
    change(&settings)
    let log = Log()
    self.log = log
    server = try HTTPServer(settings) { request, reply in
      log.lines.withLock { $0.requests.append(request) }
      answer(request, reply)
    } onRefusal: { refusal in
      log.lines.withLock { $0.refusals.append(refusal.reason) }
    }
  }

  var requests: [ServedRequest] { log.lines.withLock { $0.requests } }
  /// What has been refused until now.
  var refusals: [Refusal.Reason] { log.lines.withLock { $0.refusals } }

  /// What has been refused, once something has been, or after a long time.
  var awaitedRefusals: [Refusal.Reason] {
    let end = ContinuousClock.now + .seconds(20)
    while refusals.isEmpty, .now < end { SystemClock.block(for: .milliseconds(5)) }
    return refusals
  }

  func client(receiveBytes: Int32? = nil) throws -> WireClient {
    try WireClient(port: server.port, receiveBytes: receiveBytes, of: self)
  }
}
