package import Vocabulary

/// One cell of a result.
package enum Value: Hashable, Sendable {
  case null
  case text(String)
  /// The exact bytes of an object key, which may not be valid UTF-8.
  case key([UInt8])
  case integer(Int64)
  /// A number of bytes.
  case bytes(Int64)
  case real(Double)
  /// An exact decimal number in its digits, such as an amount of money: `-1215.000000`.
  case decimal(String)
  case timestamp(Timestamp)
  case boolean(Bool)
}

/// One column of a result, the same in every format.
package struct Column: Equatable, Sendable {
  /// What a column holds: it decides alignment and how people are shown it.
  package enum Kind: Sendable {
    case text, key, count, bytes, timestamp, real, decimal, boolean
    /// A whole number that is no count, such as a year: without separators.
    case number
    /// A share in percent, from 0 to 100: tables show a bar beside it.
    case share
  }

  /// What becomes of a column where a terminal has no room for all of them; formats for machines, and
  /// tables in pipes, have every column.
  package enum Rank: Sendable {
    /// What was asked for, such as the key: it gets the room that the others leave.
    case answer
    /// It never goes: its text may be cut, its numbers move below the row where the answer needs the room.
    case stays
    /// It goes when all asides have gone, the last one first.
    case normal
    /// It is shown whole or not at all, and goes first.
    case aside
    /// Sentences: they move to lines of their own below the row.
    case prose
  }

  /// The name in machine formats, in snake_case: `last_modified`.
  package var name: String
  package var kind: Kind
  /// The heading for people: `Last modified`.
  package var title: String
  /// Digits after the point in tables, for `real`; machine formats keep every digit.
  package var fractionDigits: Int
  /// What gives way to what on a narrow terminal.
  package var rank: Rank
  /// The text that goes without saying: a column may be hidden while it holds nothing else, and any
  /// other text is shown wherever it stands.
  package var expected: String?

  /// Without a title the heading is the name in words.
  ///
  /// Without a rank a key is the answer, and a
  /// number of bytes stays.
  package init(
    _ name: String, _ kind: Kind, title: String? = nil, fractionDigits: Int = 2, rank: Rank? = nil,
    expected: String? = nil
  ) {
    self.name = name
    self.kind = kind
    self.rank = rank ?? (kind == .key ? .answer : kind == .bytes ? .stays : .normal)
    self.expected = expected
    let words = name.split(separator: "_").joined(separator: " ")
    self.title = title ?? words.prefix(1).uppercased() + words.dropFirst()
    self.fractionDigits = fractionDigits
  }

  /// Whether a value must not be hidden with its column.
  func isUnexpected(_ value: Value) -> Bool {
    guard let expected, value != .null else { return false }
    return value != .text(expected) && value != .key(Array(expected.utf8))
  }

  var isRightAligned: Bool {
    switch kind {
    case .count, .number, .bytes, .real, .decimal, .share: true
    case .text, .key, .timestamp, .boolean: false
    }
  }

  /// Whether its values may be cut when a terminal is too narrow: a part of a number is another one.
  var isText: Bool { kind == .text || kind == .key }
}
