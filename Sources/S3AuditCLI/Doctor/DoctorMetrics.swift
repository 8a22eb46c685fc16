internal import AWS
internal import HTTP
internal import S3
internal import Vocabulary

/// Asks CloudWatch for the metrics of S3, which is what an estimate begins with.
struct DoctorMetrics: Sendable {
  private let account: Account
  private let say: @Sendable (String) -> Void

  init(_ account: Account, say: @escaping @Sendable (String) -> Void) {
    self.account = account
    self.say = say
  }

  /// Tries ListMetrics once (Amazon CloudWatch API Reference, "ListMetrics").
  var listMetrics: DoctorPermissions.MetricsTrial {
    { try await self.tryListMetrics() }
  }

  private func tryListMetrics() async throws -> PermissionVerdict {
    guard account.firstCredentials != nil else {
      return .skipped("not tried: requests to CloudWatch are signed")
    }
    guard account.settings.showsCredentials(to: .cloudwatch) else {
      return .skipped(
        "not tried: S3 is not AWS's; AWS_ENDPOINT_URL_CLOUDWATCH names another CloudWatch")
    }
    do {
      try await ask()
      return .allowed("allowed")
    } catch let error as QueryError {
      return judged(error)
    } catch let error as HTTPError {
      if error.kind == .cancelled { throw CancellationError() }
      return .failed(
        onOneLine("\(error)"), help: "only 's3audit estimate' needs CloudWatch to be reached")
    } catch let error as CancellationError {
      throw error
    } catch {
      return .failed(onOneLine("\(error)"), help: hint(for: error))
    }
  }

  private func ask() async throws {
    let caller = try account.caller(for: .cloudwatch)
    let request = QueryRequest(
      "ListMetrics", version: "2010-08-01",
      [("Namespace", "AWS/S3"), ("MetricName", "BucketSizeBytes")])
    _ = try await caller.send(request.call(to: caller.address)) { response in
      say("POST \(caller.address.endpoint)/ (ListMetrics) → \(response.status)")
      return try request.answer(in: response)
    }
  }

  private func judged(_ error: QueryError) -> PermissionVerdict {
    // CloudWatch says no in a document of its own; who else says no may stand before it.
    guard error.isOfProtocol || [401, 403].contains(error.statusCode) else {
      return .unsupported("not answered as CloudWatch does")
    }
    return PermissionVerdict(
      of: ProbeAnswer(
        status: error.statusCode, code: error.code, message: error.message,
        requestID: error.requestID),
      to: .listMetrics)
  }
}
