internal import S3
internal import Vocabulary

/// What an answer says about the permission that its request needs.
enum PermissionVerdict: Equatable, Sendable {
  /// Permitted; with what there is to say about the answer.
  case allowed(String)
  case denied(String)
  case unsupported(String)
  /// Not tried, for this reason.
  case skipped(String)
  /// Neither: the bucket does not exist, the credentials are not valid, the service stumbled.
  case failed(String, help: String?)
}

extension PermissionVerdict {
  /// What there is to say of it.
  var text: String {
    switch self {
    case .allowed(let text), .denied(let text), .unsupported(let text), .skipped(let text),
      .failed(let text, _):
      text
    }
  }

  /// Roots of documents that servers answer with when they overlook a parameter that they do not
  /// know.
  private static let otherRoots = ["<ListBucketResult", "<ListAllMyBucketsResult", "<html"]

  init(of answer: ProbeAnswer, to trial: Permission.Trial) {
    guard answer.isSuccess else {
      let error = S3Error(
        operation: "ask", resource: "", statusCode: answer.status, code: answer.code,
        message: answer.message, requestID: answer.requestID)
      self.init(refusal: error, to: trial)
      if case .failed = self { self = .failed(error.answerText, help: error.hint?.text) }
      return
    }
    let beginning = String(decoding: answer.body.prefix(400), as: UTF8.self)
    self =
      Self.otherRoots.contains { beginning.contains($0) }
      ? .unsupported("the server answers another question") : .allowed("allowed")
  }

  /// What a sync would record.
  init(of property: BucketProperty) {
    switch property.state {
    case .set: self = .allowed("allowed")
    case .absent: self = .allowed("allowed; there is none")
    case .unsupported: self = .unsupported(property.error ?? "")
    case .denied: self = .denied(property.error ?? "")
    case .failed: self = .failed(property.error ?? "", help: nil)
    }
  }

  /// Judges a refusal as a sync does: a listing has to succeed, everything else may be unknown.
  init(refusal error: S3Error, to trial: Permission.Trial) {
    let state: BucketProperty.State
    switch trial {
    case .list, .session, .listBuckets: state = error.isDenial ? .denied : .failed
    // HEAD of a key that has gone in the meantime: the refusal would have come first.
    case .head where error.statusCode == 404 && error.code == nil: state = .set
    default: state = error.stateOfTheRefused
    }
    switch state {
    case .set: self = .allowed("allowed")
    case .absent: self = .allowed("allowed; there is none (\(error.code ?? ""))")
    case .unsupported: self = .unsupported(error.answerText)
    case .denied: self = .denied(error.answerText)
    case .failed: self = .failed(onOneLine("\(error)"), help: error.hint?.text)
    }
  }
}

extension S3Error {
  /// The code or the status, the service's words and the id of the request.
  fileprivate var answerText: String {
    let name = code ?? statusCode.map { "status \($0)" } ?? "no answer"
    var text = name.escapingControls(scalarsMax: 100)
    if let message, !message.isEmpty { text += ": " + message.escapingControls(scalarsMax: 200) }
    if let requestID, !requestID.isEmpty {
      text += ", request id \(requestID.escapingControls(scalarsMax: 100))"
    }
    return text
  }
}
