/// A fault of a request that changes an object.
package enum WriteFault: String, CaseIterable, Sendable {
  case unavailable = "write-503"
  case internalError = "write-500"
  case errorIn200 = "write-error-in-200"
  case lost = "write-lost"
  case unsent = "write-unsent"

  var summary: String {
    switch self {
    case .unavailable: "503 SlowDown, and nothing is done"
    case .internalError: "500 InternalError, and nothing is done"
    case .errorIn200:
      "an InternalError in a 200, of copies and CompleteMultipartUpload alone; nothing is done"
    case .lost: "done, but the connection ends without an answer"
    case .unsent: "nothing is done, and the connection ends without an answer"
    }
  }
}
