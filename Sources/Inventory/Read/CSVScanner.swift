/// Finds the fields of rows as AWS writes them, RFC 4180 without a header: `"logs","a%2Bb","17"\n`.
///
/// Fields without quotes are taken, too, as other programs write what is empty.
struct CSVScanner {
  /// Where a field lies, without its quotes.
  struct Field {
    var start: Int
    var end: Int
    /// Whether quotes in it are doubled.
    var hasQuotes = false
  }

  private(set) var fields: [Field] = []
  /// Whether any of them has doubled quotes.
  private(set) var hasDoubledQuotes = false

  /// Finds the fields of the row that begins at `start`.
  ///
  /// - Returns: where the next row begins; nil where the row goes on behind these bytes, which are not the
  ///   last ones.
  mutating func row(
    at start: Int, in bytes: UnsafeRawBufferPointer, isLast: Bool
  ) throws(RowFault) -> Int? {
    fields.removeAll(keepingCapacity: true)
    hasDoubledQuotes = false
    var place = start
    while true {
      guard place < bytes.count else {
        guard isLast else { return nil }
        fields.append(Field(start: place, end: place))
        return place
      }
      let end: Int?
      if bytes[place] == UInt8(ascii: "\"") {
        end = try quotedField(from: place + 1, in: bytes, isLast: isLast)
      } else {
        end = plainField(from: place, in: bytes, isLast: isLast)
      }
      guard let end else { return nil }
      guard end < bytes.count else { return isLast ? end : nil }
      switch bytes[end] {
      case UInt8(ascii: ","): place = end + 1
      case UInt8(ascii: "\n"): return end + 1
      case UInt8(ascii: "\r"):
        guard end + 1 < bytes.count else { return isLast ? end + 1 : nil }
        guard bytes[end + 1] == UInt8(ascii: "\n") else { throw .loneReturn }
        return end + 2
      default: throw .bytesBehindQuote
      }
    }
  }

  /// The fields of the row that was found, one behind the other and with single quotes; they lie there then.
  ///
  ///     "a ""b""",1        a "b"1
  mutating func undoubled(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
    var plain: [UInt8] = []
    for (index, field) in fields.enumerated() {
      let start = plain.count
      var place = field.start
      while place < field.end {
        plain.append(bytes[place])
        place += field.hasQuotes && bytes[place] == UInt8(ascii: "\"") ? 2 : 1
      }
      fields[index] = Field(start: start, end: plain.count)
    }
    hasDoubledQuotes = false
    return plain
  }

  /// - Returns: the place behind the closing quote.
  private mutating func quotedField(
    from start: Int, in bytes: UnsafeRawBufferPointer, isLast: Bool
  ) throws(RowFault) -> Int? {
    var end = start
    var hasQuotes = false
    while end < bytes.count {
      guard bytes[end] == UInt8(ascii: "\"") else {
        end &+= 1
        continue
      }
      guard end + 1 < bytes.count || isLast else { return nil }
      guard end + 1 < bytes.count, bytes[end + 1] == UInt8(ascii: "\"") else {
        fields.append(Field(start: start, end: end, hasQuotes: hasQuotes))
        return end + 1
      }
      hasQuotes = true
      hasDoubledQuotes = true
      end += 2
    }
    if isLast { throw .unclosedQuote }
    return nil
  }

  private mutating func plainField(
    from start: Int, in bytes: UnsafeRawBufferPointer, isLast: Bool
  ) -> Int? {
    var end = start
    while end < bytes.count, bytes[end] != UInt8(ascii: ","), bytes[end] != UInt8(ascii: "\n"),
      bytes[end] != UInt8(ascii: "\r")
    {
      end &+= 1
    }
    guard end < bytes.count || isLast else { return nil }
    fields.append(Field(start: start, end: end))
    return end
  }
}
