/// A fault of an answer that a client can notice, named as `--fault` names it.
package enum FaultKind: Hashable, Sendable {
  case answer(AnswerFault)
  case page(PageFault)
  case wire(WireFault)
  case body(BodyFault)
  case write(WriteFault)

  package static let allCases =
    AnswerFault.allCases.map { FaultKind.answer($0) }
    + PageFault.allCases.map { .page($0) } + WireFault.allCases.map { .wire($0) }
    + BodyFault.allCases.map { .body($0) } + WriteFault.allCases.map { .write($0) }

  /// Requests that are counted by themselves, and whose chances are drawn by themselves.
  package enum Group: CaseIterable, Sendable {
    /// Of pages: objects, versions, uploads, parts.
    case lists
    /// GETs of objects.
    case bodies
    /// What changes an object: put, copy, delete, restore, tags, and all of multipart uploads.
    case writes
  }

  package var group: Group {
    switch self {
    case .answer, .page, .wire: .lists
    case .body: .bodies
    case .write: .writes
    }
  }

  /// Whether an answer may have to be sent past the HTTP library, or by a thread that waits.
  var needsThreads: Bool {
    switch self {
    case .wire, .body(.reset), .body(.slow), .body(.stall): true
    case .answer, .page, .body, .write: false
    }
  }

  package init?(name: String) {
    guard let kind = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = kind
  }

  package var name: String {
    switch self {
    case .answer(let fault): fault.rawValue
    case .page(let fault): fault.rawValue
    case .wire(let fault): fault.rawValue
    case .body(let fault): fault.rawValue
    case .write(let fault): fault.rawValue
    }
  }

  /// What the client gets, in a few words.
  var summary: String {
    switch self {
    case .answer(let fault): fault.summary
    case .page(let fault): fault.summary
    case .wire(let fault): fault.summary
    case .body(let fault): fault.summary
    case .write(let fault): fault.summary
    }
  }
}

/// An answer that is no page at all, although whole and well-formed HTTP.
package enum AnswerFault: String, CaseIterable, Sendable {
  case slowDown = "slow-down"
  case internalError = "internal-error"
  case errorIn200 = "error-in-200"
  case html = "html"
  case htmlWith503 = "html-503"
  case emptyBody = "empty-body"
  case gzipJunk = "gzip-junk"
  case redirect301 = "redirect-301"
  case redirect307 = "redirect-307"
  case wrongRegion = "wrong-region"
  case redirectLoop = "redirect-loop"
  case redirectForeign = "redirect-foreign"
  case expiredToken = "expired-token"
  case clockSkew = "clock-skew"

  fileprivate var summary: String {
    switch self {
    case .slowDown: "503 SlowDown"
    case .internalError: "500 InternalError"
    case .errorIn200: "200, the body an InternalError"
    case .html: "200, the body a page of HTML"
    case .htmlWith503: "503, the body a page of HTML"
    case .emptyBody: "200 without a body"
    case .gzipJunk: "200, marked as gzip, the body noise"
    case .redirect301: "301 to a region where the bucket is not"
    case .redirect307: "307 to a region where the bucket is not"
    case .wrongRegion: "400 AuthorizationHeaderMalformed that expects such a region"
    case .redirectLoop: "307 to the same URL"
    case .redirectForeign: "307 to the host of --foreign-host"
    case .expiredToken: "400 ExpiredToken"
    case .clockSkew: "403 RequestTimeTooSkewed"
    }
  }
}

/// A page that cannot be right, as well-formed XML.
///
/// Each follows from the request alone, so it is the same fault for a client that lists many parts
/// of a bucket at once. Faults that nobody could notice, as a page without some of its keys, are
/// left out.
package enum PageFault: String, CaseIterable, Sendable {
  case repeatedPage = "repeated-page"
  case firstPage = "first-page"
  case tokenBack = "token-back"
  case noToken = "no-token"
  case emptyPage = "empty-page"
  case reversedPage = "reversed-page"
  case swappedKeys = "swapped-keys"
  case duplicateKey = "duplicate-key"
  case overlap = "overlap"
  case rolledUp = "rolled-up"
  case missingSize = "missing-size"
  case noLatest = "no-latest"

  fileprivate var summary: String {
    switch self {
    case .repeatedPage: "the page before the one asked for"
    case .firstPage: "the first page, whichever was asked for"
    case .tokenBack: "a token that leads to the same page again"
    case .noToken: "IsTruncated without a token"
    case .emptyPage: "no keys, and a token to go on from the same place"
    case .reversedPage: "the keys in descending order"
    case .swappedKeys: "two neighbours in each other's place"
    case .duplicateKey: "one key twice"
    case .overlap: "a page that begins with the key it was to start after"
    case .rolledUp: "folders in place of the keys in them"
    case .missingSize: "an object without its Size"
    case .noLatest: "versions none of which is the latest"
    }
  }
}

/// A right page that does not come through whole, or not as it was announced.
package enum WireFault: String, CaseIterable, Sendable {
  case resetHead = "reset-head"
  case resetBody = "reset-body"
  case cutHead = "cut-head"
  case cutBody = "cut-body"
  case cutChunk = "cut-chunk"
  case cutUnannounced = "cut-unannounced"
  case cutDocument = "cut-document"
  case lengthLong = "length-long"
  case lengthShort = "length-short"
  case endlessBody = "endless-body"
  case slow = "slow"
  case stall = "stall"
  case silence = "silence"

  fileprivate var summary: String {
    switch self {
    case .resetHead: "the connection is reset inside the header"
    case .resetBody: "the connection is reset inside the body"
    case .cutHead: "the connection ends inside the header"
    case .cutBody: "the connection ends inside the body"
    case .cutChunk: "the connection ends inside a chunk"
    case .cutUnannounced: "the connection ends inside a body without a length"
    case .cutDocument: "half a document, of which the length is right"
    case .lengthLong: "Content-Length above the length of the body"
    case .lengthShort: "Content-Length below the length of the body"
    case .endlessBody: "blanks without end"
    case .slow: "one byte of the body a second"
    case .stall: "nothing more from inside the body on"
    case .silence: "nothing at all"
    }
  }
}
