internal import AWS
internal import HTTP
internal import S3
internal import Signing
internal import Vocabulary

/// The way to the endpoint and back: two unsigned requests tell whether it answers, how fast, and
/// what time it is there.
struct DoctorNetwork: Sendable {
  private let address: ServiceAddress
  private let caBundlePath: String?
  private let say: @Sendable (String) -> Void

  /// S3 refuses signatures that are further off (API Reference, "RequestTimeTooSkewed").
  private static let offsetRefusedSeconds: Int64 = 15 * 60
  private static let offsetFailedSeconds: Int64 = 5 * 60
  private static let offsetWarnedSeconds: Int64 = 60

  init(
    to address: ServiceAddress, caBundlePath: String?, say: @escaping @Sendable (String) -> Void
  ) {
    self.address = address
    self.caBundlePath = caBundlePath
    self.say = say
  }

  /// What was found; false when there is no sense in further requests.
  func examine() async throws -> (checks: [DoctorCheck], isReachable: Bool) {
    do throws(HTTPError) {
      let http = try HTTPClient(
        HTTPConfiguration(
          connectionsMax: 1, caBundlePath: caBundlePath,
          userAgent: userAgent))
      let first = try await exchange(http)
      var checks = [connectionCheck(first.response)]
      // The second goes over the same connection: this is what every request of a sync takes.
      let second = try await exchange(http)
      checks.append(
        DoctorCheck(
          .network, "latency", .ok, "\(milliseconds(second.response.timing.total)) for a request"))
      checks.append(Self.clockCheck(second))
      return (checks, true)
    } catch {
      if error.kind == .cancelled { throw CancellationError() }
      return ([failure(error)], false)
    }
  }

  /// A response and the moments around it.
  struct Exchange: Sendable {
    var response: HTTPResponse
    var sentAt: Timestamp
    var receivedAt: Timestamp
  }

  private func exchange(_ http: HTTPClient) async throws(HTTPError) -> Exchange {
    var request = RequestBuilder().request(
      address: address, credentials: nil, time: SigningTime(secondsSinceEpoch: 0))
    request.timeouts.firstByte = .seconds(10)
    let sentAt = systemTime()
    let response = try await http.send(request)
    say("\(request) → \(response.status) in \(milliseconds(response.timing.total))")
    return Exchange(response: response, sentAt: sentAt, receivedAt: systemTime())
  }

  // MARK: - Connection

  private func connectionCheck(_ response: HTTPResponse) -> DoctorCheck {
    let place = "\(address.endpoint)"
    let security = address.endpoint.scheme == .https ? ", its certificate is trusted" : ""
    let isS3 =
      response.headers["x-amz-request-id"] != nil
      || ["<?xml", "<Error", "<ListAllMy"].contains {
        response.body.starts(with: $0.utf8)
      }
    guard isS3 else {
      return DoctorCheck(
        .network, "connection", .warning,
        "\(place) answers with status \(response.status), and not as S3 does",
        help: "check --endpoint-url: this may be a web page's address, or a proxy's answer")
    }
    return DoctorCheck(
      .network, "connection", .ok,
      "\(place) answers after \(milliseconds(response.timing.total))\(security)")
  }

  private func failure(_ error: HTTPError) -> DoctorCheck {
    DoctorCheck(
      .network, Self.stage(of: error.kind), .failed, onOneLine("\(error)"),
      help: help(for: error), weight: .needed)
  }

  private static func stage(of kind: HTTPError.Kind) -> String {
    switch kind {
    case .resolve: "name"
    case .tls: "TLS"
    case .proxy: "proxy"
    default: "connection"
    }
  }

  private func help(for error: HTTPError) -> String {
    switch error.kind {
    case .resolve:
      "check the endpoint's name and this machine's name servers"
    case .malformedResponse where address.endpoint.scheme == .http,
      .connectionLost where address.endpoint.scheme == .http:
      "if the server speaks TLS, write its URL with https://"
    default:
      error.hint
        ?? "check that the server runs, --endpoint-url, --region, and firewalls in between"
    }
  }

  // MARK: - Clock

  /// How far this machine's clock is from the server's, which signatures are compared with.
  ///
  /// No sync fails for it: a request that is refused for its time is signed anew by the server's
  /// clock.
  static func clockCheck(_ exchange: Exchange) -> DoctorCheck {
    guard let there = exchange.response.headers["date"].flatMap({ SigningTime(written: $0) })
    else {
      return DoctorCheck(.clock, "offset", .skipped, "the server does not say what time it is")
    }
    let here =
      (exchange.sentAt.millisecondsSinceEpoch + exchange.receivedAt.millisecondsSinceEpoch) / 2
    // The header has whole seconds, cut: on average half a second is missing.
    let offset = here - there.secondsSinceEpoch * 1_000 - 500
    let seconds = (abs(offset) + 500) / 1_000
    guard seconds > 1 else {
      return DoctorCheck(.clock, "offset", .ok, "no more than a second from the server's clock")
    }
    let direction = offset > 0 ? "ahead of" : "behind"
    let refusal =
      seconds > offsetRefusedSeconds
      ? "; S3 takes 15 min at most, so requests are signed by its clock" : ""
    let status: DoctorCheck.Status =
      seconds > offsetFailedSeconds ? .failed : seconds > offsetWarnedSeconds ? .warning : .ok
    return DoctorCheck(
      .clock, "offset", status,
      "this machine is \(ageText(seconds * 1_000)) \(direction) the server\(refusal)",
      help: status == .ok ? nil : "set the clock, for example with NTP")
  }
}

private func milliseconds(_ duration: Duration) -> String {
  let (seconds, attoseconds) = duration.components
  let tenths = seconds * 10_000 + attoseconds / 100_000_000_000_000
  return tenths < 100 ? "\(tenths / 10).\(tenths % 10) ms" : "\(tenths / 10) ms"
}
