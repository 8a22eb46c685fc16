internal import HTTP
internal import Vocabulary

/// AWS's Price List: what the services of AWS cost (`GetProducts`, JSON protocol of 2017-10-15).
///
/// The service lives in three regions; the account's own is asked where it is one of them.
package struct PricingClient: Sendable {
  private let caller: ServiceCaller

  private static let regions = ["us-east-1", "eu-central-1", "ap-south-1"]
  private static let answerBytesMax = 32 << 20

  /// Throws `ConfigurationError` as `Account.caller(for:in:)`.
  package init(account: Account) throws(ConfigurationError) {
    let region = Self.regions.contains(account.region.name) ? account.region : .usEast1
    caller = try account.caller(for: .pricing, in: region)
  }

  /// Every page of the products of a service in a region, as they came; of all regions where none is named.
  ///
  /// Throws `PricingError` for what the service refuses, `EndlessPages`, and what `ServiceCaller.send` throws
  /// besides.
  package func products(of service: String, in region: String?) async throws -> [[UInt8]] {
    var tokens = PageTokens(of: "GetProducts")
    var pages: [[UInt8]] = []
    var hasMore = true
    while hasMore {
      let page = try await page(of: service, in: region, after: tokens.next)
      pages.append(page.bytes)
      hasMore = try tokens.accept(page.token)
    }
    return pages
  }

  private func page(
    of service: String, in region: String?, after token: String?
  ) async throws -> (bytes: [UInt8], token: String?) {
    let filters = region.map {
      [
        JSONValue.object([
          "Type": .string("TERM_MATCH"), "Field": .string("regionCode"), "Value": .string($0),
        ])
      ]
    }
    var body: JSONObject = [
      "ServiceCode": .string(service), "FormatVersion": .string("aws_v1"),
      "MaxResults": .integer(100), "Filters": .array(filters ?? []),
    ]
    if let token { body["NextToken"] = .string(token) }
    let call = ServiceCall.json(
      "AWSPriceListService.GetProducts", to: caller.address, body,
      bodyBytesMax: Self.answerBytesMax)
    return try await caller.send(call) { response in
      guard response.status == 200 else {
        throw PricingError(status: response.status, code: response.errorCode)
      }
      guard let answer = JSONValue(parsing: response.body), answer.isObject else {
        throw PricingError(
          status: 200, code: nil, problem: "the answer is not JSON, or is cut short")
      }
      return (response.body, answer["NextToken"]?.string)
    }
  }
}

/// An answer of the price list that is not the one that was asked for.
package struct PricingError: JudgedError, Hashable, CustomStringConvertible {
  package var status: Int
  package var code: String?
  /// What is wrong with an answer of status 200; nil for a refusal.
  package var problem: String?
  package var retryCause: RetryCause

  init(status: Int, code: String?, problem: String? = nil) {
    self.status = status
    self.code = code
    self.problem = problem
    retryCause = problem == nil ? RetryCause(code: code, status: status) : .transient
  }

  /// One line, such as `GetProducts was refused (AccessDeniedException)`.
  package var description: String {
    if let problem { return "GetProducts was not answered as AWS does: \(problem)" }
    return "GetProducts was refused (\(code ?? "status \(status)"))"
  }
}
