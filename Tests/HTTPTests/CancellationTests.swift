import HTTP
import TestSupport
import Testing

/// Requests that end because nobody waits for them any more.
@Suite struct CancellationTests {
  /// A server that reports each request and each closing by the client, and never answers fully.
  private struct SilentServer {
    let server: LoopbackServer
    var events: AsyncStream<String>.Iterator

    init(sending text: String = "") throws {
      let (events, report) = AsyncStream.makeStream(of: String.self)
      server = try LoopbackServer { connection in
        while connection.readRequest() != nil {
          report.yield("request")
          connection.send(text)
          report.yield(connection.isClosedByClient() ? "closed" : "left open")
          return
        }
      }
      self.events = events.makeAsyncIterator()
    }
  }

  @Test(arguments: ["", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab"])
  func closesTheConnection(sending text: String) async throws {
    let client = try HTTPClient()
    var silent = try SilentServer(sending: text)
    let server = silent.server
    defer { server.stop() }
    let task = Task { await client.failure(of: HTTPRequest(url: server.origin + "/")) }
    #expect(await silent.events.next() == "request")
    task.cancel()
    #expect(await task.value?.kind == .cancelled)
    // The client is still there: it is the transfer that was closed.
    #expect(await silent.events.next() == "closed")
    _ = try await client.send(HTTPRequest(url: LoopbackServer(always: answer()).origin + "/"))
  }

  @Test func endsRequestsThatWaitInLine() async throws {
    let client = try HTTPClient(HTTPConfiguration(connectionsMax: 1))
    var silent = try SilentServer()
    let server = silent.server
    defer { server.stop() }
    let first = Task { await client.failure(of: HTTPRequest(url: server.origin + "/1")) }
    #expect(await silent.events.next() == "request")
    let second = Task { await client.failure(of: HTTPRequest(url: server.origin + "/2")) }
    second.cancel()
    #expect(await second.value?.kind == .cancelled)
    first.cancel()
    #expect(await first.value?.kind == .cancelled)
    #expect(server.requests.map(\.target) == ["/1"])
  }

  @Test func sendsNothingForACancelledTask() async throws {
    let client = try HTTPClient()
    let server = try LoopbackServer(always: answer())
    defer { server.stop() }
    let error = await withTaskGroup(of: HTTPError?.self) { group in
      group.cancelAll()
      group.addTask { await client.failure(of: HTTPRequest(url: server.origin + "/")) }
      return await group.next() ?? nil
    }
    #expect(error?.kind == .cancelled)
    #expect(server.requests.isEmpty)
  }

  @Test func shutsDownWithRequestsInFlightAndInLine() async throws {
    let client = try HTTPClient(HTTPConfiguration(connectionsMax: 4))
    var silent = try SilentServer()
    let server = silent.server
    defer { server.stop() }
    let tasks = (0..<10).map { _ in
      Task { await client.failure(of: HTTPRequest(url: server.origin + "/")) }
    }
    for _ in 0..<4 { #expect(await silent.events.next() == "request") }
    client.shutDown()
    client.shutDown()
    for task in tasks { #expect(await task.value?.kind == .cancelled) }
    for _ in 0..<4 { #expect(await silent.events.next() == "closed") }
    #expect(await client.failure(of: HTTPRequest(url: server.origin + "/"))?.kind == .cancelled)
  }

  /// Every order of sending, answering, cancelling and shutting down must answer everyone once: a
  /// second answer traps, a missing one hangs.
  @Test func answersEveryoneInAnyOrder() async throws {
    let server = try LoopbackServer(always: answer("x"))
    defer { server.stop() }
    for round in 0..<20 {
      let client = try HTTPClient(HTTPConfiguration(connectionsMax: 8))
      let kinds = await withTaskGroup(of: HTTPError.Kind?.self) { group in
        for number in 0..<100 {
          group.addTask {
            let task = Task { await client.failure(of: HTTPRequest(url: server.origin + "/")) }
            if number % 3 == 0 { task.cancel() }
            if number == 90 && round % 2 == 0 { client.shutDown() }
            return await task.value?.kind
          }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(kinds.count == 100)
      #expect(kinds.allSatisfy { $0 == nil || $0 == .cancelled })
    }
  }
}
