package import Vocabulary

/// Why a manifest cannot be used: nothing is restored by it, not even its good lines.
package struct ManifestError: Error, Equatable, CustomStringConvertible {
  package enum Kind: Equatable, Sendable {
    case empty
    case utf16
    /// A quote that is opened here and never closed.
    case unclosedQuote
    /// Something between a closing quote and the next comma.
    case bytesBehindQuote
    /// A quote inside a field that has none at its beginning.
    case strayQuote
    case strayCarriageReturn
    case columnCount(Int, expected: [Int])
    case unknownColumn(String)
    case repeatedColumn(String)
    case missingColumn(String)
    case emptyKey
    case keyTooLong
    case badPercentEncoding
    /// The header is in S3's words, whose lists encode keys and have none.
    case unclearEncoding
    case badVersionID(String)
    case badNumber(String)
    case badTime(String)
    case badBucket(String)
    /// The line is of another bucket than the one that is asked for its versions.
    case otherBucket(String, wanted: String)
    /// It is longer than any line of a manifest.
    case lineTooLong
    /// The key stands on an earlier line with another version.
    case secondVersion(Key, firstLine: Int)
    /// The line can be read in two ways, which name different keys.
    case ambiguous(rfc: Key, backslash: Key)
    case unreadable(String)
  }

  package let kind: Kind
  /// The file, as the user named it.
  package var path: String
  /// Counted from 1; zero where no line is to blame.
  package let line: Int

  package init(_ kind: Kind, path: String, line: Int = 0) {
    self.kind = kind
    self.path = path
    self.line = line
  }

  package var description: String {
    let place = line > 0 ? "\(path), line \(line)" : path
    return "\(place): \(words)"
  }

  private var words: String {
    switch kind {
    case .empty: "the manifest is empty"
    case .utf16: "the manifest is UTF-16; it has to be UTF-8"
    case .unclosedQuote: "a quote is opened and never closed"
    case .bytesBehindQuote: "something follows a closing quote"
    case .strayQuote: "a quote stands inside a field that does not begin with one"
    case .strayCarriageReturn: "a carriage return stands inside a field without quotes"
    case .columnCount(let count, let expected):
      "there \(count == 1 ? "is 1 column" : "are \(count) columns") where \(Self.list(expected)) are expected"
    case .unknownColumn(let name):
      "the header names an unknown column, '\(name.escapingControls())'"
    case .repeatedColumn(let name): "the header names the column '\(name)' twice"
    case .missingColumn(let name): "the header has no column '\(name)'"
    case .emptyKey: "the key is empty"
    case .keyTooLong: "the key is longer than 1024 bytes"
    case .badPercentEncoding:
      "the key is not percent-encoded, which a manifest of three columns has to be"
    case .unclearEncoding:
      "the key may be percent-encoded or not: name the columns bucket, key and version_id for keys as they "
        + "are, or leave out the header for encoded ones"
    case .badVersionID(let text): "'\(text.escapingControls(scalarsMax: 80))' is no version id"
    case .badNumber(let text): "'\(text.escapingControls(scalarsMax: 80))' is no size in bytes"
    case .badTime(let text): "'\(text.escapingControls(scalarsMax: 80))' is no time"
    case .badBucket(let text): "'\(text.escapingControls(scalarsMax: 80))' is no name of a bucket"
    case .otherBucket(let bucket, let wanted):
      "the line is about the bucket '\(bucket.escapingControls(scalarsMax: 80))', not "
        + "'\(wanted.escapingControls(scalarsMax: 80))'"
    case .lineTooLong: "the line is longer than any that names a key"
    case .secondVersion(let key, let firstLine):
      "\(key.text.escapingControls()) was named with another version on line \(firstLine)"
    case .ambiguous(let rfc, let backslash):
      "the key is \(rfc.text.escapingControls()) or \(backslash.text.escapingControls()), "
        + "depending on which character quotes"
    case .unreadable(let reason): reason
    }
  }

  private static func list(_ counts: [Int]) -> String {
    let words = counts.map { String($0) }
    guard let last = words.last, words.count > 1 else { return words.first ?? "" }
    return words.dropLast().joined(separator: ", ") + " or " + last
  }
}
