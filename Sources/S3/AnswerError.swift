package import AWS
import Vocabulary

/// Why the body of an answer could not be read as what was asked for.
package enum AnswerError: Error, Equatable, CustomStringConvertible {
  /// Neither the expected document nor an S3 error: a proxy's or a web server's page, or nothing.
  /// Carries how the body begins, safe to print.
  case notS3(beginning: String)
  /// A truncated or damaged document, or one that lacks what it must have.
  case malformed(XMLError)
  /// An S3 error where a result was expected; it may come with status 200.
  case service(ServiceError)

  package var description: String {
    switch self {
    case .notS3(""): "not an S3 answer: the body is empty"
    case .notS3(let beginning): "not an S3 answer: it begins with '\(beginning)'"
    case .malformed(let error): "malformed answer: \(error)"
    case .service(let error): error.description
    }
  }
}

extension AnswerError {
  /// Bytes of a body that is not S3's shown in an error.
  private static let beginningBytesMax = 80

  init(notS3 body: [UInt8]) {
    let beginning = String(decoding: body.prefix(Self.beginningBytesMax), as: UTF8.self)
    let rest = body.count > Self.beginningBytesMax ? "…" : ""
    self = .notS3(beginning: beginning.escapingControls() + rest)
  }
}

/// Reads the document in `body`, whose root must be `root`; `read` gets its children.
///
/// Nothing is returned unless the whole document is well-formed to its last byte, so that a body
/// cut short is never taken for a page.
func readAnswer<Answer>(
  _ body: [UInt8], root: StaticString,
  _ read: (inout XMLScanner) throws(XMLError) -> Answer
) throws(AnswerError) -> Answer {
  try readAnswer(body, isRoot: { $0.isNamed(root) }, read)
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
      throw beginsLikeXML(body) ? .malformed(error) : AnswerError(notS3: body)
    }
    let isError = scanner.isNamed("Error")
    guard isError || isRoot(scanner) else { throw AnswerError(notS3: body) }
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

/// Whether a body that breaks off before its root might have become an S3 document.
private func beginsLikeXML(_ body: [UInt8]) -> Bool {
  let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
  let content = body.dropFirst(body.starts(with: mark) ? mark.count : 0)
    .drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
  guard content.first == UInt8(ascii: "<") else { return false }
  let doctype = String(decoding: content.prefix(9), as: UTF8.self).uppercased()
  return doctype != "<!DOCTYPE" && doctype != "<HTML"
}
