internal import HTTP
internal import Vocabulary

/// An answer of Cost Explorer that is not the one that was asked for.
///
/// The service's words are not to be trusted: `description` escapes controls.
package struct CostExplorerError: JudgedError, Hashable, CustomStringConvertible {
  package var status: Int
  /// `AccessDeniedException`, `DataUnavailableException`; nil when the answer had none.
  package var code: String?
  package var message: String?
  /// What is wrong with an answer of status 200; nil for a refusal.
  package var problem: String?
  package var retryCause: RetryCause

  init(refusal response: HTTPResponse) {
    status = response.status
    code = response.errorCode
    let answer = JSONValue(parsing: response.body)
    message = answer?["message"]?.string ?? answer?["Message"]?.string
    retryCause = RetryCause(code: code, status: response.status)
  }

  /// An answer of status 200 that the service would not give; the same request may be answered well next time.
  init(unreadable problem: String) {
    status = 200
    self.problem = problem
    retryCause = .transient
  }

  /// Whether the account may not ask, or Cost Explorer was never turned on for it: AWS says both the same way.
  package var isDenied: Bool {
    status == 403 || code?.hasPrefix("AccessDenied") == true
  }

  /// Whether there is nothing to answer with, as in the first day after it was turned on.
  package var hasNoData: Bool { code == "DataUnavailableException" }

  /// `GetCostAndUsage was refused: User not enabled for cost explorer access (AccessDeniedException)`.
  package var description: String {
    if let problem { return "GetCostAndUsage was not answered as its service does: \(problem)" }
    let words = message.map { QueryError.words($0) } ?? "no reason was given"
    let details = QueryError.details(code: code, statusCode: status, requestID: nil)
    return "GetCostAndUsage was refused: \(words) (\(details))"
  }
}
