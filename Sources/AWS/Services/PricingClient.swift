internal import HTTP
internal import Vocabulary

/// AWS's Price List: what the services of AWS cost (`GetProducts`, JSON protocol of 2017-10-15).
///
/// The service lives in three regions; the account's own is asked where it is one of them.
package struct PricingClient: Sendable {
  private let caller: ServiceCaller

  private static let regions = ["us-east-1", "eu-central-1", "ap-south-1"]
  private static let pagesMax = 10_000
  private static let answerBytesMax = 32 << 20

  /// Throws `ConfigurationError` as `Account.caller(for:in:)`.
  package init(account: Account) throws(ConfigurationError) {
    let region = Self.regions.contains(account.region.name) ? account.region : .usEast1
    caller = try account.caller(for: .pricing, in: region)
  }

  /// Every page of the products of a service in a region, as they came; of all regions where none is named.
  ///
  /// Throws `PricingError` for what the service refuses, and what `ServiceCaller.send` throws besides.
  package func products(of service: String, in region: String?) async throws -> [[UInt8]] {
    var pages: [[UInt8]] = []
    var token: String?
    repeat {
      let page = try await page(of: service, in: region, after: token)
      let next = JSONValue(parsing: page)?["NextToken"]?.string
      pages.append(page)
      guard next == nil || next != token, pages.count < Self.pagesMax else {
        throw PricingError(status: 200, code: nil, problem: "the pages come to no end")
      }
      token = next
    } while token != nil
    return pages
  }

  private func page(
    of service: String, in region: String?, after token: String?
  ) async throws -> [UInt8] {
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
    let call = ServiceCall(
      method: "POST", address: caller.address, path: [UInt8(ascii: "/")],
      headers: [
        HTTPHeader(name: "Content-Type", value: "application/x-amz-json-1.1"),
        HTTPHeader(name: "X-Amz-Target", value: "AWSPriceListService.GetProducts"),
      ], body: JSONValue.object(body).encoded(), bodyBytesMax: Self.answerBytesMax)
    return try await caller.send(call) { response in
      guard response.status == 200 else {
        throw PricingError(status: response.status, code: response.errorCode)
      }
      guard JSONValue(parsing: response.body)?.isObject == true else {
        throw PricingError(
          status: 200, code: nil, problem: "the answer is not JSON, or is cut short")
      }
      return response.body
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
