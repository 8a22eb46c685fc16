/// A fault of the answer to a GET of an object.
package enum BodyFault: String, CaseIterable, Sendable {
  case unavailable = "body-503"
  case internalError = "body-500"
  case cut = "body-cut"
  case short = "body-short"
  case reset = "body-reset"
  case flip = "body-flip"
  case noContentRange = "body-no-range"
  case whole = "body-whole"
  case otherRange = "body-other-range"
  case slow = "body-slow"
  case stall = "body-stall"

  var summary: String {
    switch self {
    case .unavailable: "503 SlowDown"
    case .internalError: "500 InternalError"
    case .cut: "the connection ends inside the body"
    case .short: "a body that ends early, of which the length is right"
    case .reset: "the connection is reset inside the body"
    case .flip: "one byte is another"
    case .noContentRange: "206 without Content-Range"
    case .whole: "200 and the whole object to a range"
    case .otherRange: "206 with another range, which Content-Range tells"
    case .slow: "so many bytes a second as --slow-rate says"
    case .stall: "nothing more from inside the body on"
    }
  }
}

/// The body of an answer that is sent as it is read, and what goes wrong with it.
struct ContentBody: Sendable {
  var content: Content
  var range: Range<Int64>
  /// What happens on the way; only faults that change neither status nor headers.
  var fault: (kind: BodyFault, random: UInt64)?
  var slowBytesPerSecond = 1_000

  init(_ content: Content, _ range: Range<Int64>) {
    self.content = content
    self.range = range
  }

  /// What Content-Length says.
  var announcedLength: Int64 {
    if case .short? = fault?.kind { brokenAt } else { length }
  }

  var length: Int64 { range.upperBound - range.lowerBound }

  /// The place at which a fault happens: never behind the last byte, so some is always missing.
  var brokenAt: Int64 {
    guard let fault, length > 0 else { return length }
    return Int64(fault.random % UInt64(length))
  }
}
