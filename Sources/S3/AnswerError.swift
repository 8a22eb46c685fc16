package import AWS
import Vocabulary

/// Why the body of an answer could not be read as what was asked for.
package enum AnswerError: Error, Equatable, CustomStringConvertible {
  /// Neither the expected document nor an S3 error, or nothing at all.
  /// Carries how the body begins, safe to print.
  case notS3(beginning: String)
  /// A web page: a login, a console, a proxy's. Carries its title, which may be empty.
  case webPage(title: String)
  /// S3's answer to another question: the name of its root.
  case otherAnswer(root: String)
  /// A truncated or damaged document, or one that lacks what it must have.
  case malformed(XMLError)
  /// An S3 error where a result was expected; it may come with status 200.
  case service(ServiceError)

  package var description: String {
    switch self {
    case .notS3(""): "not an S3 answer: the body is empty"
    case .notS3(let beginning): "not an S3 answer: it begins with '\(beginning)'"
    case .webPage(""): "not an S3 answer but a web page without a title"
    case .webPage(let title): "not an S3 answer but a web page, '\(title.escapingControls())'"
    case .otherAnswer("ListBucketResult"): "the endpoint answers with the list of a bucket"
    case .otherAnswer("ListAllMyBucketsResult"): "the server answers with its list of buckets"
    case .otherAnswer(let root): "the server answers another question, with \(root)"
    case .malformed(let error): "malformed answer: \(error)"
    case .service(let error): error.description
    }
  }
}

extension AnswerError {
  /// Bytes of a body that is not S3's shown in an error.
  private static let beginningBytesMax = 80

  /// A body that is no document of S3.
  init(notS3 body: [UInt8]) {
    if let page = WebPage(body) {
      self = .webPage(title: page.title)
      return
    }
    let beginning = String(decoding: body.prefix(Self.beginningBytesMax), as: UTF8.self)
    let rest = body.count > Self.beginningBytesMax ? "…" : ""
    self = .notS3(beginning: beginning.escapingControls() + rest)
  }

  /// Whether the same answer to the same request, twice, will come a third time: a whole document that
  /// cannot be read, not one that was cut short.
  var isLasting: Bool {
    switch self {
    case .malformed(let error): !error.isEndOfDocument
    case .notS3(let beginning): !beginning.isEmpty
    case .webPage, .otherAnswer: true
    case .service: false
    }
  }
}

/// Reads the document in `body`, whose root is `root`; `read` gets its children.
///
/// Servers give roots other names. One that is no other answer of S3's is taken for `root` when `isIt`
/// says so of the names of its children.
/// Nothing is returned unless the whole document is well-formed to its last byte, so that a body
/// cut short is never taken for a page.
func readAnswer<Answer>(
  _ body: [UInt8], root: StaticString, orHolding isIt: (Set<String>) -> Bool = { _ in false },
  _ read: (inout XMLScanner) throws(XMLError) -> Answer
) throws(AnswerError) -> Answer {
  try readAnswer(
    body,
    isRoot: {
      $0.isNamed(root) || !isRootOfS3($0.name) && isIt(childNames(of: body))
    }, read)
}

/// Reads the document in `body`, whose root is any that `isRoot` accepts.
func readAnswer<Answer>(
  _ body: [UInt8], isRoot: (borrowing XMLScanner) -> Bool,
  _ read: (inout XMLScanner) throws(XMLError) -> Answer
) throws(AnswerError) -> Answer {
  try XMLScanner.scan(body) { (scanner) throws(AnswerError) -> Answer in
    do throws(XMLError) {
      _ = try scanner.nextChild()
    } catch {
      throw beginsLikeXML(body) && WebPage(body) == nil
        ? .malformed(error) : AnswerError(notS3: body)
    }
    // Gateways before a server answer as other services of AWS do.
    let isError = scanner.isNamed("Error") || scanner.isNamed("ErrorResponse")
    guard isError || isRoot(scanner) else {
      throw isRootOfS3(scanner.name)
        ? .otherAnswer(root: scanner.name) : AnswerError(notS3: body)
    }
    let failure: ServiceError
    do throws(XMLError) {
      guard isError else {
        let answer = try read(&scanner)
        _ = try scanner.nextChild()
        return answer
      }
      failure = try ServiceError(reading: &scanner)
      _ = try scanner.nextChild()
    } catch {
      throw .malformed(error)
    }
    throw .service(failure)
  }
}

/// The name of a document's root; nil when it does not come to one.
func rootName(of body: [UInt8]) -> String? {
  XMLScanner.scan(body) { scanner in
    do throws(XMLError) {
      _ = try scanner.nextChild()
      return scanner.name
    } catch {
      return nil
    }
  }
}

/// The names of the elements inside a document's root, as far as it can be read.
private func childNames(of body: [UInt8]) -> Set<String> {
  XMLScanner.scan(body) { scanner in
    var names: Set<String> = []
    do throws(XMLError) {
      _ = try scanner.nextChild()
      while try scanner.nextChild() {
        names.insert(scanner.name)
        try scanner.skip()
      }
    } catch {}
    return names
  }
}

/// Whether one of S3's own results has a root of this name (Amazon S3 API Reference).
private func isRootOfS3(_ name: String) -> Bool {
  name.hasSuffix("Configuration") || rootsOfS3.contains(name)
}

private let rootsOfS3: Set<String> = [
  "AccelerateConfiguration", "AccessControlPolicy", "BucketLoggingStatus",
  "CompleteMultipartUploadResult", "CopyObjectResult", "CreateSessionResult", "DeleteResult",
  "GetObjectAttributesOutput", "InitiateMultipartUploadResult", "ListAllMyBucketsResult",
  "ListAllMyDirectoryBucketsResult", "ListBucketResult", "ListMultipartUploadsResult",
  "ListPartsResult", "ListVersionsResult", "LocationConstraint", "OwnershipControls",
  "PolicyStatus", "Tagging",
]

/// Whether a body that breaks off before its root might have become an S3 document.
private func beginsLikeXML(_ body: [UInt8]) -> Bool {
  let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
  let content = body.dropFirst(body.starts(with: mark) ? mark.count : 0)
    .drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
  guard content.first == UInt8(ascii: "<") else { return false }
  let doctype = String(decoding: content.prefix(9), as: UTF8.self).uppercased()
  return doctype != "<!DOCTYPE" && !doctype.hasPrefix("<HTML")
}
