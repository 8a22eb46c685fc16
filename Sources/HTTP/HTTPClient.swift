internal import Compression
import System

/// What all requests of one client have in common.
///
/// Proxies come from the environment by libcurl's own rules: `http_proxy`, `https_proxy` or
/// `HTTPS_PROXY`, `all_proxy` or `ALL_PROXY`; `no_proxy` or `NO_PROXY` by those of the `aws` command
/// as well, which knows ports there. Upper-case `HTTP_PROXY` is
/// ignored on purpose: a CGI server sets it from a request header. There is no verbose switch,
/// because libcurl's log holds signed headers.
package struct HTTPConfiguration: Sendable {
  /// Requests in flight and connections kept alive, at most; further requests wait in line.
  package var connectionsMax: Int

  /// A PEM file of trusted authorities; nil for the one libcurl was built with.
  package var caBundlePath: String?
  package var userAgent: String
  /// No request waits longer for its response than this, whatever it would; nil for no such limit.
  package var firstByteMax: Duration?
  let proxyExceptions = ProxyExceptions.ofProcess()

  package init(
    connectionsMax: Int = 64, caBundlePath: String? = nil, userAgent: String = "s3audit",
    firstByteMax: Duration? = nil
  ) {
    self.connectionsMax = connectionsMax
    self.caBundlePath = caBundlePath
    self.userAgent = userAgent
    self.firstByteMax = firstByteMax
  }

  fileprivate func limited(toConnections count: Int) -> HTTPConfiguration {
    var limited = self
    limited.connectionsMax = min(connectionsMax, count)
    return limited
  }
}

/// Sends requests over one libcurl transport thread with a pool of HTTP/1.1 connections.
///
/// Redirects are not followed, nothing is retried (but for a pooled connection that turns out to be
/// dead before a byte of the response), certificates are verified.
package final class HTTPClient: Sendable {
  private let mailbox: Mailbox
  private let thread: SystemThread
  private let firstByteMax: Duration?

  /// Starts the transport thread.
  ///
  /// Where the process may not open so many files, there are fewer connections.
  package init(_ configuration: HTTPConfiguration = HTTPConfiguration()) throws(HTTPError) {
    precondition(configuration.connectionsMax > 0)
    let configuration = configuration.limited(toConnections: Self.connectionsPossible)
    let mailbox = Mailbox(try MultiHandle(connectionsMax: configuration.connectionsMax))
    self.mailbox = mailbox
    firstByteMax = configuration.firstByteMax
    do throws(SystemError) {
      thread = try SystemThread(stackBytes: Self.stackBytes) {
        Transport(mailbox, configuration).run()
      }
    } catch {
      throw HTTPError(
        .other, "the transport thread could not be started (errno \(error.code))", url: "")
    }
  }

  /// Libcurl's deepest calls, TLS among them, stay far below.
  private static let stackBytes = 512 << 10

  /// How many connections this process may have open beside a database, its files and a few pipes.
  ///
  /// A shell on macOS allows 256 open files, and connections would leave nothing to the index.
  package static var connectionsPossible: Int {
    max(1, Int(clamping: ResourceLimit.openFiles.current) - otherFiles)
  }

  /// A sync has at most this many files open that are no connections.
  ///
  /// With its limit at 32 and four connections a sync of many buckets stays below, also while the
  /// check at the end of a crawl reads with four connections to the index.
  private static let otherFiles = 28

  deinit {
    shutDown()
  }

  /// Sends a request and collects its response.
  ///
  /// Cancelling the task closes the transfer's connection and ends in
  /// ``HTTPError/Kind/cancelled``.
  package func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
    try request.validate()
    var request = request
    if let firstByteMax {
      request.timeouts.firstByte = min(request.timeouts.firstByte, firstByteMax)
    }
    let submitted = request
    guard !Task.isCancelled else {
      throw HTTPError(.cancelled, "the task was cancelled", url: request.url)
    }
    let id = mailbox.nextID()
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        mailbox.post(Submission(id: id, request: submitted, continuation: continuation))
        // When the cancellation came before the submission, its order found nothing to cancel.
        if Task.isCancelled { mailbox.cancel(id) }
      }
    } onCancel: {
      mailbox.cancel(id)
    }
    return try Self.decoded(try result.get(), of: submitted)
  }

  /// The response with its body as it was before somebody compressed it.
  private static func decoded(
    _ response: HTTPResponse, of request: HTTPRequest
  ) throws(HTTPError) -> HTTPResponse {
    guard !response.body.isEmpty, let coding = ContentCoding(response.headers) else {
      return response
    }
    var response = response
    do throws(Inflation.Failure) {
      response.body = try coding.decoded(response.body, bytesMax: request.bodyBytesMax)
      return response
    } catch {
      switch error {
      case .tooLong:
        throw HTTPError(
          .bodyTooLarge, "the body is longer than \(request.bodyBytesMax) bytes", url: request.url)
      case .damaged:
        throw HTTPError(
          .damagedBody, "the answer is compressed, and was damaged or cut short", url: request.url)
      }
    }
  }

  /// Ends every request with ``HTTPError/Kind/cancelled``, then the thread; later ones end at once.
  ///
  /// Returns when the thread is gone, which takes no longer than closing its connections.
  package func shutDown() {
    mailbox.close()
    thread.join()
  }
}
