internal import Index

/// A regular expression of the Swift standard library, found anywhere in a key, scalar by scalar.
///
/// Most are matched by a `KeyAutomaton` in one pass over the key, whatever the pattern: 3 to 6 M keys/s, where
/// the library's own engine has 0.4 to 1.1 M and `(a+)+$` takes it years. Those that are no regular language, such
/// as `(a)\1`, and a few rare forms are left to the library.
struct RegularExpression: Sendable {
  private let library: LibraryRegex
  private let automaton: KeyAutomaton?
  let effort: ObjectFilter.KeyPattern.Effort

  /// Nil for what the library does not take as a regular expression.
  init?(_ text: String) {
    guard let library = LibraryRegex(text) else { return nil }
    self.library = library
    do throws(RegexProgram.Unfit) {
      automaton = KeyAutomaton(try RegexProgram(text))
      effort = .linear
    } catch {
      automaton = nil
      effort = error == .large ? .large : .irregular
    }
  }

  func matches(_ key: Span<UInt8>) -> Bool {
    if let automaton { return automaton.matches(key) }
    return library.isFound(in: key.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) })
  }
}

/// A regular expression as the standard library reads it, and its engine.
struct LibraryRegex: Sendable {
  // Safety: a compiled Regex is immutable; it is not marked Sendable because one made with a
  // builder may hold closures, and this one is made from text alone.
  nonisolated(unsafe) private let regex: Regex<AnyRegexOutput>

  init?(_ text: String) {
    // The parser's message speaks of positions in its own syntax tree; the option's name says
    // enough.
    guard let parsed = try? Regex(text) else { return nil }
    regex = parsed.matchingSemantics(.unicodeScalar)
  }

  func isFound(in text: String) -> Bool {
    // Only transforming closures can throw, and a regex made from text has none.
    (try? regex.firstMatch(in: text)) != nil
  }

  /// Whether it is one scalar, as `[a-z]` is of `q`.
  func contains(_ scalar: Unicode.Scalar) -> Bool {
    // As above.
    (try? regex.wholeMatch(in: String(Character(scalar)))) != nil
  }
}
