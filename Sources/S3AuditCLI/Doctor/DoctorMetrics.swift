internal import AWS
internal import HTTP
internal import Index
internal import S3
internal import Signing
internal import Vocabulary

/// Asks CloudWatch for the metrics of S3, which is what an estimate begins with.
struct DoctorMetrics: Sendable {
  private let settings: EndpointSettings?
  private let region: Region
  private let credentials: Credentials?
  private let clockOffsetSeconds: @Sendable () -> Int64
  private let say: @Sendable (String) -> Void

  /// `clockOffsetSeconds` is how far the services' clock is ahead, as S3 has taught.
  init(
    _ setup: DoctorSetup, credentials: Credentials?,
    clockOffsetSeconds: @escaping @Sendable () -> Int64, say: @escaping @Sendable (String) -> Void
  ) {
    settings = setup.settings
    region = setup.region
    self.credentials = credentials
    self.clockOffsetSeconds = clockOffsetSeconds
    self.say = say
  }

  /// Tries ListMetrics once (Amazon CloudWatch API Reference, "ListMetrics").
  var listMetrics: DoctorPermissions.MetricsTrial {
    { try await self.tryListMetrics() }
  }

  private func tryListMetrics() async throws -> PermissionVerdict {
    guard let settings, let credentials else {
      return .skipped("not tried: requests to CloudWatch are signed")
    }
    if settings.customEndpointPlace(of: .s3) != nil,
      settings.customEndpointPlace(of: .cloudwatch) == nil
    {
      return .skipped(
        "not tried: S3 is not AWS's; AWS_ENDPOINT_URL_CLOUDWATCH names another CloudWatch")
    }
    do {
      return try await ask(settings, credentials)
    } catch let error as HTTPError {
      if error.kind == .cancelled { throw CancellationError() }
      return .failed(
        onOneLine("\(error)"), help: "only 's3audit estimate' needs CloudWatch to be reached")
    } catch let error as ConfigurationError {
      return .failed(onOneLine("\(error)"), help: error.help)
    }
  }

  private func ask(
    _ settings: EndpointSettings, _ credentials: Credentials
  ) async throws -> PermissionVerdict {
    let http = try HTTPClient(
      HTTPConfiguration(
        connectionsMax: 1, caBundlePath: settings.caBundlePath,
        userAgent: "s3audit/\(IndexFile.programVersion)",
        firstByteMax: Patience.ofExaminations.firstByteMax))
    let form = "Action=ListMetrics&MetricName=BucketSizeBytes&Namespace=AWS%2FS3&Version=2010-08-01"
    let request = RequestBuilder(options: .standard).request(
      method: "POST", address: try settings.address(of: .cloudwatch, in: region),
      headers: [
        HTTPHeader(name: "Content-Type", value: "application/x-www-form-urlencoded; charset=utf-8")
      ],
      body: Array(form.utf8), credentials: credentials,
      time: SigningTime(
        secondsSinceEpoch: systemTime().millisecondsSinceEpoch / 1_000 + clockOffsetSeconds()))
    let response = try await http.send(request)
    say("\(request) (ListMetrics) → \(response.status)")
    let text = String(decoding: response.body, as: UTF8.self)
    if response.status == 200, text.contains("<ListMetricsResponse") { return .allowed("allowed") }
    // CloudWatch's errors are `ErrorResponse` documents; a proxy before it may refuse in other words.
    guard text.contains("<ErrorResponse") || [401, 403].contains(response.status) else {
      return .unsupported("not answered as CloudWatch does")
    }
    return PermissionVerdict(
      of: ProbeAnswer(
        status: response.status, code: Self.text(of: "Code", in: text),
        message: Self.text(of: "Message", in: text),
        requestID: Self.text(of: "RequestId", in: text), body: response.body),
      to: .listMetrics)
  }

  /// The text of an element that occurs once, as in errors of the query protocol.
  private static func text(of name: String, in document: String) -> String? {
    guard let start = document.firstRange(of: "<\(name)>")?.upperBound,
      let end = document[start...].firstRange(of: "<")?.lowerBound
    else { return nil }
    return String(document[start..<end])
  }
}
