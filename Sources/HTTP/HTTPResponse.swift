/// A complete response; an incomplete one is an ``HTTPError``.
package struct HTTPResponse: Sendable {
  package var status: Int
  package var headers: HTTPHeaders

  /// The body without its chunked framing, and decoded if it was compressed; empty for HEAD, 204
  /// and 304.
  package var body: [UInt8]
  package var timing: HTTPTiming

  package init(
    status: Int, headers: HTTPHeaders = HTTPHeaders([]), body: [UInt8] = [],
    timing: HTTPTiming = HTTPTiming(firstByte: .zero, total: .zero)
  ) {
    self.status = status
    self.headers = headers
    self.body = body
    self.timing = timing
  }
}

/// How long a request took, from when it left the waiting line.
package struct HTTPTiming: Equatable, Sendable {
  package var firstByte: Duration
  package var total: Duration

  package init(firstByte: Duration, total: Duration) {
    self.firstByte = firstByte
    self.total = total
  }
}

/// The header fields of a response, in order, duplicates included.
///
/// They are kept as the bytes received and read at each look-up: most responses are asked for one
/// or two fields. Bytes that are not UTF-8 become U+FFFD.
package struct HTTPHeaders: Equatable, Sendable {
  private let block: [UInt8]

  /// Takes the lines after the status line, with their line ends.
  init(block: [UInt8]) {
    self.block = block
  }

  package init(_ fields: [HTTPHeader]) {
    block = fields.flatMap { Array("\($0.name): \($0.value)\r\n".utf8) }
  }

  /// The value of the first field with this name, in whatever case it was sent; nil without one.
  package subscript(name: String) -> String? {
    var first: String?
    forEachField { field in
      guard isNamed(name, field) else { return true }
      first = value(of: field)
      return false
    }
    return first
  }

  /// The values of all fields with this name, in the order received.
  package func values(of name: String) -> [String] {
    var values: [String] = []
    forEachField { field in
      if isNamed(name, field) { values.append(value(of: field)) }
      return true
    }
    return values
  }

  /// Every field, in the order received.
  package var all: [HTTPHeader] {
    var fields: [HTTPHeader] = []
    forEachField { field in
      let name = String(decoding: block[field.name], as: UTF8.self)
      fields.append(HTTPHeader(name: name, value: value(of: field)))
      return true
    }
    return fields
  }

  private struct Field {
    var name: Range<Int>
    /// With folded lines, whose line ends are still inside.
    var value: Range<Int>
  }

  /// Visits the fields until `visit` answers false.
  private func forEachField(_ visit: (Field) -> Bool) {
    var start = 0
    while start < block.count {
      var end = endOfLine(from: start)
      // RFC 9112, 5.2: a line that begins with white space continues the one before it.
      while end < block.count, isBlank(block[end]) { end = endOfLine(from: end) }
      if let colon = block[start..<end].firstIndex(of: UInt8(ascii: ":")) {
        guard visit(Field(name: start..<colon, value: colon + 1..<end)) else { return }
      }
      start = end
    }
  }

  private func endOfLine(from start: Int) -> Int {
    block[start...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? block.count
  }

  private func isNamed(_ name: String, _ field: Field) -> Bool {
    field.name.count == name.utf8.count
      && zip(block[field.name], name.utf8).allSatisfy { lowercased($0) == lowercased($1) }
  }

  private func value(of field: Field) -> String {
    block[field.value].split { $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\n") }
      .map { String(decoding: trimmed($0), as: UTF8.self) }
      .filter { !$0.isEmpty }
      .joined(separator: " ")
  }

  private func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var line = line.drop(while: isBlank)
    while let last = line.last, isBlank(last) { line.removeLast() }
    return line
  }
}

private func isBlank(_ byte: UInt8) -> Bool {
  byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
}

private func lowercased(_ byte: UInt8) -> UInt8 {
  (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
}
