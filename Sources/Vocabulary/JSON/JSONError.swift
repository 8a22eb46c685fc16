/// Why a text is not JSON, or not the JSON that was asked for, and where.
///
/// It quotes nothing of the text, which may be a secret.
package struct JSONError: Error, Equatable, Sendable, CustomStringConvertible {
  package enum Problem: String, Equatable, Sendable {
    case end = "it ends too early"
    case unexpected = "nothing that may stand there"
    case tooDeep = "more than 512 objects and arrays in one another"
    case badNumber = "no number"
    case badEscape = "no escape of JSON, or half a surrogate pair"
    case badText = "a byte that is not UTF-8, or a control character in a string"
    case more = "something behind the end"
    /// Well-formed, but not what the reader asked for.
    case otherKind = "another kind of value than is wanted"
  }

  package let problem: Problem
  /// Bytes before the place.
  package let offset: Int

  /// One line, such as `byte 12: it ends too early`.
  package var description: String { "byte \(offset): \(problem.rawValue)" }
}
