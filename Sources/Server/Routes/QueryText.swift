internal import Report

/// The parameters of a request, as they were sent: `bucket=logs&prefix=a%2Fb`.
///
/// A plus is a space, as forms and browsers write it. What stands twice is kept twice.
struct QueryText: Equatable, Sendable {
  struct Pair: Equatable, Sendable {
    var name: String
    var value: [UInt8]
  }

  private(set) var pairs: [Pair] = []

  /// - Throws: `Problem` for an escape that is none, for `%00`, and for a name that is no text.
  init(_ raw: [UInt8]?) throws(Problem) {
    for piece in (raw ?? []).split(separator: UInt8(ascii: "&")) {
      let equals = piece.firstIndex(of: UInt8(ascii: "=")) ?? piece.endIndex
      guard let name = PercentForm.decoded(piece[..<equals], plusIsSpace: true),
        let text = String(validating: name, as: UTF8.self)
      else {
        throw .badRequest(
          "The query has a name that is not UTF-8 in the form of URLs.",
          value: Array(piece[..<equals]))
      }
      let encoded = piece[equals...].dropFirst()
      guard let value = PercentForm.decoded(encoded, plusIsSpace: true) else {
        throw .badRequest(
          "The value of '\(text)' has an escape that stands for nothing, or for the byte zero: write bytes as "
            + "%41, and a percent sign as %25.", parameter: text, value: Array(encoded))
      }
      pairs.append(Pair(name: text, value: value))
    }
  }

  /// The value of a parameter that may stand there once.
  func single(_ name: String) throws(Problem) -> [UInt8]? {
    let values = pairs.filter { $0.name == name }.map(\.value)
    guard values.count < 2 else {
      throw .badRequest(
        "The parameter '\(name)' is there twice: leave one of them out.", parameter: name,
        value: values[1])
    }
    return values.first
  }

  /// The same as text.
  func singleText(_ name: String) throws(Problem) -> String? {
    guard let value = try single(name) else { return nil }
    return try Self.text(value, of: name)
  }

  static func text(_ value: [UInt8], of name: String) throws(Problem) -> String {
    guard let text = String(validating: value, as: UTF8.self) else {
      throw .badRequest(
        "The value of '\(name)' is not UTF-8.", parameter: name, value: value,
        hint: name == "prefix"
          ? "give its bytes in 'prefix_encoded', escaped twice" : nil)
    }
    return text
  }

  /// The query without some parameters, and with one more.
  func replacing(_ names: Set<String>, with name: String, _ value: String) -> String {
    let kept = pairs.filter { !names.contains($0.name) }
    let pieces = (kept + [Pair(name: name, value: Array(value.utf8))]).map { pair in
      var piece: [UInt8] = []
      piece.appendPercentEncoded(pair.name.utf8)
      piece.append(UInt8(ascii: "="))
      piece.appendPercentEncoded(pair.value)
      return piece
    }
    return String(decoding: Array(pieces.joined(separator: "&".utf8)), as: UTF8.self)
  }
}
