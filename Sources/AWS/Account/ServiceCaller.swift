package import HTTP

/// Calls to one service in one region, signed, paced and repeated as the account's calls are.
///
/// Made by `Account.caller(for:in:)`.
package struct ServiceCaller: Sendable {
  package let address: ServiceAddress
  private let service: ServiceName
  private let settings: EndpointSettings
  private let caller: RetryingCaller

  init(
    _ service: ServiceName, in region: Region, settings: EndpointSettings, caller: RetryingCaller
  ) throws(ConfigurationError) {
    self.service = service
    self.settings = settings
    self.caller = caller
    address = try settings.address(of: service, in: region)
  }

  /// Calls to the same service in another region; both draw on one quota of retries, and count
  /// together.
  ///
  /// Throws `ConfigurationError` when the settings allow no endpoint there.
  package func caller(in region: Region) throws(ConfigurationError) -> ServiceCaller {
    try ServiceCaller(service, in: region, settings: settings, caller: caller)
  }

  package var counts: RequestCounts { caller.counts }

  /// The root of the answer to a request of the query protocol.
  ///
  /// Throws `QueryError` for what the service refuses or does not answer, `HTTPError` when no answer
  /// came, `PersistentThrottling`, and what is in the way of new credentials.
  package func send(_ request: QueryRequest) async throws -> QueryElement {
    try await send(request.call(to: address)) { try request.answer(in: $0) }
  }

  /// Sends a call to `address`, made for any other protocol, until `read` makes an answer of a
  /// response: see `RetryingCaller`.
  package func send<Answer>(
    _ call: ServiceCall, read: (HTTPResponse) throws -> Answer
  ) async throws -> Answer {
    try await caller.send(call, read: read)
  }
}
