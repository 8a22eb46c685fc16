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
/// They are kept as the bytes received, with where each field begins, and read at each look-up. Bytes that are not UTF-8 become U+FFFD.
package struct HTTPHeaders: Equatable, Sendable {
  private let block: [UInt8]
  /// Where fields begin, and behind them the end of the block.
  private let starts: [Int]

  /// Takes the lines after the status line, with their line ends.
  init(block: [UInt8]) {
    self.block = block
    starts = Self.starts(in: block)
  }

  package init(_ fields: [HTTPHeader]) {
    self.init(block: fields.flatMap { Array("\($0.name): \($0.value)\r\n".utf8) })
  }

  private static func starts(in block: [UInt8]) -> [Int] {
    var starts: [Int] = []
    starts.reserveCapacity(16)
    unsafe block.withUnsafeBufferPointer { bytes in
      var isLineStart = true
      for index in 0..<bytes.count {
        let byte = unsafe bytes[index]
        // RFC 9112, 5.2: a line that begins with white space continues the one before it.
        if isLineStart, index == 0 || !isBlank(byte) { starts.append(index) }
        isLineStart = byte == UInt8(ascii: "\n")
      }
    }
    starts.append(block.count)
    return starts
  }

  /// The value of the first field with this name, in whatever case it was sent; nil without one.
  package subscript(name: String) -> String? {
    let length = name.utf8.count
    for index in 0..<starts.count - 1 {
      let (start, end) = (starts[index], starts[index + 1])
      let colon = start + length
      // Most names are told apart by their length alone.
      guard colon < end, block[colon] == UInt8(ascii: ":") else { continue }
      let field = Field(name: start..<colon, value: colon + 1..<end)
      if isNamed(name, field) { return value(of: field) }
    }
    return nil
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
    for index in 0..<starts.count - 1 {
      let (start, end) = (starts[index], starts[index + 1])
      if let colon = block[start..<end].firstIndex(of: UInt8(ascii: ":")) {
        guard visit(Field(name: start..<colon, value: colon + 1..<end)) else { return }
      }
    }
  }

  private func isNamed(_ name: String, _ field: Field) -> Bool {
    field.name.count == name.utf8.count
      && zip(block[field.name], name.utf8).allSatisfy { lowercased($0) == lowercased($1) }
  }

  private func value(of field: Field) -> String {
    let line = block[field.value]
    let inside = line.dropLast(line.suffix(2).elementsEqual([0x0D, 0x0A]) ? 2 : 0)
    if !inside.contains(where: { $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\n") }) {
      return String(decoding: trimmed(inside), as: UTF8.self)
    }
    return line.split { $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\n") }
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
