/// An answer of the query protocol that is not the one that was asked for.
///
/// The service's words are not to be trusted: `description` escapes controls. `code` is for
/// matching, text never is. Nothing else of the answer is kept.
package struct QueryError: JudgedError, Hashable, CustomStringConvertible {
  /// What was asked for, such as `ListMetrics`.
  package var action: String
  package var statusCode: Int
  /// The error code, such as `AccessDenied`; nil when the answer had none.
  package var code: String?
  package var message: String?
  package var requestID: String?
  /// Whether the service itself said no, in an `ErrorResponse`; false for a proxy that stands in
  /// front of it, or for another server.
  package var isOfProtocol: Bool
  /// What is wrong with an answer of status 200; nil for a refusal.
  package var problem: String?
  package var retryCause: RetryCause

  /// A refusal, with its document if it has one that can be read.
  init(_ action: String, refusal status: Int, in document: QueryElement?) {
    self.action = action
    statusCode = status
    code = document?.text(ofFirst: "Code")
    message = document?.text(ofFirst: "Message")
    requestID = document?.text(ofFirst: "RequestId")
    isOfProtocol = document?.name == "ErrorResponse"
    // An error in an answer of status 200 is one that the service found out too late.
    retryCause = RetryCause(code: code, status: status == 200 ? 500 : status)
  }

  /// An answer of status 200 that the service would not give: a proxy's page, or a body cut short.
  ///
  /// The same request may be answered well the next time.
  package init(_ action: String, unreadable problem: String) {
    self.action = action
    statusCode = 200
    isOfProtocol = false
    self.problem = problem
    retryCause = .transient
  }

  /// `ListMetrics was refused: User: … is not authorized … (AccessDenied, request id …)`.
  package var description: String {
    if let problem { return "\(action) was not answered as its service does: \(problem)" }
    let words = message.flatMap { $0.isEmpty ? nil : Self.words($0) } ?? "no reason was given"
    return "\(action) was refused: \(words)"
      + " (\(Self.details(code: code, statusCode: statusCode, requestID: requestID)))"
  }

  /// A service's message as part of a sentence: the service ends its sentences.
  static func words(_ message: String) -> String {
    let text = message.escapedForMessages(scalarsMax: 500)
    return text.hasSuffix(".") ? String(text.dropLast()) : text
  }

  /// `AccessDenied, request id …`: what is known of an answer beside its message; empty for nothing.
  ///
  /// A code or an id that does not read like one could be anything that the answer holds, and is not
  /// shown.
  static func details(code: String?, statusCode: Int?, requestID: String?) -> String {
    var details: [String] = []
    if let code, looksLikeCode(code) {
      details.append(code)
    } else if let statusCode {
      details.append("status \(statusCode)")
    }
    if let requestID, (1...100).contains(requestID.utf8.count),
      requestID.utf8.allSatisfy({ isWordByte($0) || $0 == UInt8(ascii: "-") })
    {
      details.append("request id \(requestID)")
    }
    return details.joined(separator: ", ")
  }
}
