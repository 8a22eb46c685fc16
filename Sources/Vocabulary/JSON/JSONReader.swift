/// Reads a JSON text (RFC 8259) value by value, in the order in which they are written, and keeps none of them.
///
///     var reader = JSONReader(Array(#"{"sku": "A", "tags": [1, 2]}"#.utf8))
///     try reader.beginObject()
///     while let name = try reader.nextName() {
///       if name == "sku" { sku = try reader.string() } else { try reader.skip() }
///     }
///     try reader.finish()
///
/// It is strict: no comma before a closing bracket, no zero before other digits, no bytes that are not UTF-8, no
/// half of a surrogate pair, not more than 512 levels. What is skipped is checked like the rest. All that reads
/// throws `JSONError`, after which the reader is of no more use.
package struct JSONReader {
  package enum Kind: Equatable, Sendable {
    case object, array, string, number, boolean, null
  }

  /// As deep as Foundation's reader goes; whoever follows a document down by recursion comes to an end.
  package static let depthMax = 512

  let bytes: [UInt8]
  private(set) var offset: Int
  private var depth = 0
  /// Whether the object or array was only just begun, so that no comma is due.
  private var isAtBeginning = false

  /// A byte order mark before the text is passed over: RFC 8259, 8.1, lets readers do so.
  package init(_ bytes: [UInt8]) {
    self.bytes = bytes
    offset = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
  }

  /// What is thrown about a place, by default the one that has been reached.
  package func error(_ problem: JSONError.Problem, at offset: Int? = nil) -> JSONError {
    JSONError(problem: problem, offset: offset ?? self.offset)
  }

  // MARK: Structure

  /// What the next value is, which is not read yet.
  package mutating func kind() throws(JSONError) -> Kind {
    switch try next() {
    case UInt8(ascii: "{"): return .object
    case UInt8(ascii: "["): return .array
    case UInt8(ascii: "\""): return .string
    case UInt8(ascii: "t"), UInt8(ascii: "f"): return .boolean
    case UInt8(ascii: "n"): return .null
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
    default: throw error(.unexpected)
    }
  }

  /// Enters an object; `nextName` then goes through it.
  package mutating func beginObject() throws(JSONError) { try begin(.object) }

  /// Enters an array; `nextElement` then goes through it.
  package mutating func beginArray() throws(JSONError) { try begin(.array) }

  /// The name of the next member, whose value has to be read or skipped; nil when the object is at its end, and
  /// left.
  package mutating func nextName() throws(JSONError) -> String? {
    guard try passSeparator(before: UInt8(ascii: "}")) else { return nil }
    let place = try passName()
    return text(place)
  }

  /// Whether there is another element, which has to be read or skipped; false when the array is at its end, and
  /// left.
  package mutating func nextElement() throws(JSONError) -> Bool {
    try passSeparator(before: UInt8(ascii: "]"))
  }

  /// Passes over the next value, whatever it is.
  package mutating func skip() throws(JSONError) {
    switch try kind() {
    case .object:
      try beginObject()
      while try passSeparator(before: UInt8(ascii: "}")) {
        _ = try passName()
        try skip()
      }
    case .array:
      try beginArray()
      while try nextElement() { try skip() }
    case .string: _ = try passString()
    case .number: _ = try passNumber()
    case .boolean: _ = try boolean()
    case .null: try null()
    }
  }

  /// Makes sure that nothing but blanks is behind the last value.
  package mutating func finish() throws(JSONError) {
    passBlanks()
    guard offset == bytes.count else { throw error(.more) }
  }

  // MARK: Values

  package mutating func string() throws(JSONError) -> String {
    text(try passString())
  }

  /// A string's UTF-8, for one that is a document itself.
  package mutating func stringBytes() throws(JSONError) -> [UInt8] {
    let place = try passString()
    return place.hasEscapes ? unescaped(place.content) : Array(bytes[place.content])
  }

  /// A number as it is written: `-0`, `1.50`, `1E400`.
  package mutating func number() throws(JSONError) -> String {
    String(decoding: bytes[try passNumber()], as: UTF8.self)
  }

  package mutating func boolean() throws(JSONError) -> Bool {
    try require(.boolean)
    let isTrue = bytes[offset] == UInt8(ascii: "t")
    try passWord(isTrue ? "true" : "false")
    return isTrue
  }

  package mutating func null() throws(JSONError) {
    try require(.null)
    try passWord("null")
  }

  // MARK: Steps

  /// Passes over blanks and returns the byte behind them, which is still to be read.
  private mutating func next() throws(JSONError) -> UInt8 {
    passBlanks()
    guard offset < bytes.count else { throw error(.end) }
    return bytes[offset]
  }

  private mutating func passBlanks() {
    while offset < bytes.count {
      switch bytes[offset] {
      case 0x20, 0x0A, 0x0D, 0x09: offset += 1
      default: return
      }
    }
  }

  private mutating func require(_ wanted: Kind) throws(JSONError) {
    guard try kind() == wanted else { throw error(.otherKind) }
  }

  private mutating func begin(_ container: Kind) throws(JSONError) {
    try require(container)
    guard depth < Self.depthMax else { throw error(.tooDeep) }
    depth += 1
    offset += 1
    isAtBeginning = true
  }

  /// Passes over the comma before the next member or element; false when the container has ended instead.
  private mutating func passSeparator(before end: UInt8) throws(JSONError) -> Bool {
    var byte = try next()
    if byte == end {
      offset += 1
      depth -= 1
      isAtBeginning = false
      return false
    }
    if !isAtBeginning {
      guard byte == UInt8(ascii: ",") else { throw error(.unexpected) }
      offset += 1
      byte = try next()
      guard byte != end else { throw error(.unexpected) }
    }
    isAtBeginning = false
    return true
  }

  /// Passes over a name and the colon behind it.
  private mutating func passName() throws(JSONError) -> StringPlace {
    guard try next() == UInt8(ascii: "\"") else { throw error(.unexpected) }
    let place = try passString()
    guard try next() == UInt8(ascii: ":") else { throw error(.unexpected) }
    offset += 1
    return place
  }

  private mutating func passWord(_ word: StaticString) throws(JSONError) {
    let end = offset + word.utf8CodeUnitCount
    guard end <= bytes.count else { throw error(.end, at: bytes.count) }
    let isThere = word.withUTF8Buffer { bytes[offset..<end].elementsEqual($0) }
    guard isThere else { throw error(.unexpected) }
    offset = end
  }

  private mutating func passDigits() throws(JSONError) {
    let start = offset
    while offset < bytes.count, bytes[offset].isASCIIDigit { offset += 1 }
    guard offset > start else { throw error(offset < bytes.count ? .badNumber : .end) }
  }

  private mutating func passNumber() throws(JSONError) -> Range<Int> {
    try require(.number)
    let start = offset
    if bytes[offset] == UInt8(ascii: "-") { offset += 1 }
    let whole = offset
    try passDigits()
    guard bytes[whole] != UInt8(ascii: "0") || offset == whole + 1 else {
      throw error(.badNumber, at: whole)
    }
    if offset < bytes.count, bytes[offset] == UInt8(ascii: ".") {
      offset += 1
      try passDigits()
    }
    if offset < bytes.count, bytes[offset] | 0x20 == UInt8(ascii: "e") {
      offset += 1
      if offset < bytes.count,
        bytes[offset] == UInt8(ascii: "+") || bytes[offset] == UInt8(ascii: "-")
      {
        offset += 1
      }
      try passDigits()
    }
    return start..<offset
  }

  private mutating func passString() throws(JSONError) -> StringPlace {
    try require(.string)
    let start = offset + 1
    var hasEscapes = false
    var place = start
    while place < bytes.count {
      let byte = bytes[place]
      switch byte {
      case UInt8(ascii: "\""):
        offset = place + 1
        return StringPlace(content: start..<place, hasEscapes: hasEscapes)
      case UInt8(ascii: "\\"):
        hasEscapes = true
        place += try escape(at: place).length
      case 0..<0x20: throw error(.badText, at: place)
      case 0x20..<0x80: place += 1
      default:
        guard case .scalar(_, let length) = decodeScalar(in: bytes.span, at: place) else {
          throw error(.badText, at: place)
        }
        place += length
      }
    }
    throw error(.end, at: place)
  }
}
