/// A regular expression of the Swift standard library, matched anywhere in a key, scalar by scalar.
struct RegularExpression: Sendable {
  // Safety: a compiled Regex is immutable; it is not marked Sendable because one made with a
  // builder may hold closures, and this one is made from text alone.
  nonisolated(unsafe) private let regex: Regex<AnyRegexOutput>

  init?(_ text: String) {
    // The parser's message speaks of positions in its own syntax tree; the option's name says
    // enough.
    guard let parsed = try? Regex(text) else { return nil }
    regex = parsed.matchingSemantics(.unicodeScalar)
  }

  func matches(_ key: Span<UInt8>) -> Bool {
    let text = key.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    // Only transforming closures can throw, and a regex made from text has none.
    return (try? regex.firstMatch(in: text)) != nil
  }
}
