package import Vocabulary

/// One cell of a result.
package enum Value: Equatable, Sendable {
  case null
  case text(String)
  /// The exact bytes of an object key, which may not be valid UTF-8.
  case key([UInt8])
  case integer(Int64)
  /// A number of bytes.
  case bytes(Int64)
  case real(Double)
  case timestamp(Timestamp)
  case boolean(Bool)
}

/// One column of a result, the same in every format.
package struct Column: Equatable, Sendable {
  /// What a column holds: it decides alignment and how people are shown it.
  package enum Kind: Sendable {
    case text, key, count, bytes, timestamp, real, boolean
    /// A whole number that is no count, such as a year: without separators.
    case number
  }

  /// The name in machine formats, in snake_case: `last_modified`.
  package var name: String
  package var kind: Kind
  /// The heading for people: `Last modified`.
  package var title: String
  /// Digits after the point in tables, for `real`; machine formats keep every digit.
  package var fractionDigits: Int

  /// Without a title the heading is the name in words.
  package init(_ name: String, _ kind: Kind, title: String? = nil, fractionDigits: Int = 2) {
    self.name = name
    self.kind = kind
    let words = name.split(separator: "_").joined(separator: " ")
    self.title = title ?? words.prefix(1).uppercased() + words.dropFirst()
    self.fractionDigits = fractionDigits
  }

  var isRightAligned: Bool {
    switch kind {
    case .count, .number, .bytes, .real: true
    case .text, .key, .timestamp, .boolean: false
    }
  }

  /// Columns of free text give way when a terminal is too narrow.
  var isText: Bool { kind == .text || kind == .key }
}
