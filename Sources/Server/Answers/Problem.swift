package import HTTPServing
internal import Vocabulary

/// Why a request has no answer, as RFC 9457 tells it: `application/problem+json`.
package struct Problem: Error, Equatable, Sendable {
  /// What tells it from others of its status, for programs.
  package enum Kind: String, CaseIterable, Sendable {
    case badRequest = "bad-request"
    case unauthorized = "wrong-token"
    case foreignOrigin = "foreign-origin"
    case notFound = "not-found"
    case method = "method-not-allowed"
    case gone = "answer-changed"
    case body = "body-not-allowed"
    case foreignHost = "foreign-host"
    case tooManyTries = "too-many-tries"
    case failed
    case busy
    case timeout = "query-timeout"
    case noIndex = "no-index"
    case unusableIndex = "unusable-index"

    package var status: Int {
      switch self {
      case .badRequest: 400
      case .unauthorized: 401
      case .foreignOrigin: 403
      case .notFound: 404
      case .method: 405
      case .gone: 410
      case .body: 413
      case .foreignHost: 421
      case .tooManyTries: 429
      case .failed: 500
      case .busy, .timeout, .noIndex, .unusableIndex: 503
      }
    }

    package var title: String {
      switch self {
      case .badRequest: "The request cannot be understood"
      case .unauthorized: "A token is needed"
      case .foreignOrigin: "Pages of other origins are not answered"
      case .notFound: "There is nothing at this path"
      case .method: "This method is not allowed"
      case .gone: "The answer is another since the page before"
      case .body: "Requests have no body here"
      case .foreignHost: "The request is for another host"
      case .tooManyTries: "Too many wrong tokens"
      case .failed: "The question could not be answered"
      case .busy: "Too many questions at once"
      case .timeout: "The question takes too long"
      case .noIndex: "There is no index yet"
      case .unusableIndex: "The index cannot be used"
      }
    }
  }

  package var kind: Kind
  package var detail: String
  package var parameter: String?
  /// Of the parameter, safe to be shown.
  package var value: String?
  /// When it is worth to try again.
  package var retryAfterSeconds: Int?
  package var headers: [Header] = []
  /// Whether the connection ends, because what follows on it cannot be told from this request.
  package var closes = false

  package struct Header: Equatable, Sendable {
    package var name: String
    package var value: String
  }

  init(_ kind: Kind, _ detail: String, retryAfterSeconds: Int? = nil) {
    self.kind = kind
    self.detail = detail
    self.retryAfterSeconds = retryAfterSeconds
  }

  static func badRequest(
    _ detail: String, parameter: String? = nil, value: [UInt8]? = nil, hint: String? = nil
  ) -> Problem {
    var problem = Problem(.badRequest, hint.map { "\(detail) Help: \($0)." } ?? detail)
    problem.parameter = parameter
    problem.value = value.map { shown($0) }
    return problem
  }

  /// Bytes that a stranger chose: controls and what is no text are shown by their numbers.
  static func shown(_ bytes: [UInt8]) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      return bytes.prefix(200).map { byte in
        (0x20..<0x7F).contains(byte)
          ? String(Unicode.Scalar(byte)) : Unicode.Scalar.visibleForm(ofByte: byte)
      }.joined()
    }
    return text.escapingControls(scalarsMax: 200)
  }

  /// What says so on the wire.
  package var answer: ServedAnswer {
    var json: JSONObject = [
      "type": .string("urn:s3audit:\(kind.rawValue)"), "title": .string(kind.title),
      "status": .integer(Int64(kind.status)),
      "detail": .string(detail.escapingControls(scalarsMax: 4_000)),
    ]
    if let parameter { json["parameter"] = .string(parameter.escapingControls(scalarsMax: 200)) }
    if let value { json["value"] = .string(value) }
    var fields = [("Content-Type", "application/problem+json"), ("Cache-Control", "no-store")]
    if let retryAfterSeconds { fields.append(("Retry-After", "\(retryAfterSeconds)")) }
    fields += headers.map { ($0.name, $0.value) }
    return ServedAnswer(
      status: kind.status, headers: fields.map { (name: $0.0, value: $0.1) },
      body: JSONValue.object(json).encoded() + "\n".utf8,
      closes: closes)
  }
}
