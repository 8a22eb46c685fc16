/// Which character quotes the fields of a manifest.
package enum ManifestQuote: String, CaseIterable, Sendable {
  /// `"`, as RFC 4180 has it.
  case rfc
  /// `\`, as S3-Version-Utilities writes it.
  case backslash

  var byte: UInt8 { self == .rfc ? UInt8(ascii: "\"") : UInt8(ascii: "\\") }
}

/// Where the bytes of a manifest come from: the next few, none at the end.
package protocol ManifestSource {
  mutating func next() throws(ManifestError) -> [UInt8]
}

/// Cuts a manifest into lines of fields, strictly: what another program might read differently is an
/// error.
///
/// Lines end in LF or CRLF; a quoted field may hold both, and its quote when that is doubled.
struct ManifestScanner {
  struct Record: Equatable {
    var line: Int
    var fields: [[UInt8]]
  }

  private enum State {
    case fieldStart, plain, quoted, behindQuote, behindReturn
  }

  // Asked for large pieces only: code for every kind of source, byte by byte, takes three times as long.
  private var source: any ManifestSource
  private let quote: UInt8
  private let path: String
  private var chunk: [UInt8] = []
  private var position = 0
  private var isFirst = true
  private var line = 1
  /// Bytes of the line that is read.
  private var recordBytes = 0
  /// Whether any field so far was in quotes.
  private(set) var hasQuotedFields = false

  init(_ source: any ManifestSource, quote: ManifestQuote, path: String) {
    self.source = source
    self.quote = quote.byte
    self.path = path
  }

  /// The next line that is not blank; nil at the end.
  mutating func next() throws(ManifestError) -> Record? {
    var record = Record(line: line, fields: [])
    var field: [UInt8] = []
    var state = State.fieldStart
    var quoteLine = line
    recordBytes = 0
    while true {
      if state == .fieldStart || state == .plain, takePlain(into: &field) { state = .plain }
      guard recordBytes <= recordBytesMax else {
        throw ManifestError(.lineTooLong, path: path, line: record.line)
      }
      guard let byte = try nextByte() else { break }
      if byte == 0x0A { line += 1 }
      switch (state, byte) {
      case (.quoted, quote): state = .behindQuote
      case (.quoted, _): field.append(byte)
      case (.behindQuote, quote):
        field.append(quote)
        state = .quoted
      case (.behindReturn, 0x0A), (.fieldStart, 0x0A), (.plain, 0x0A), (.behindQuote, 0x0A):
        record.fields.append(field)
        if isBlank(record) {
          record = Record(line: line, fields: [])
          recordBytes = 0
          field = []
          state = .fieldStart
          continue
        }
        return record
      case (.behindReturn, _): throw error(.strayCarriageReturn)
      case (_, 0x0D): state = .behindReturn
      case (_, UInt8(ascii: ",")):
        record.fields.append(field)
        field = []
        state = .fieldStart
      case (.fieldStart, quote):
        state = .quoted
        hasQuotedFields = true
        quoteLine = line
      case (.behindQuote, _): throw error(.bytesBehindQuote)
      case (.plain, quote): throw error(.strayQuote)
      default:
        field.append(byte)
        state = .plain
      }
    }
    switch state {
    case .quoted: throw ManifestError(.unclosedQuote, path: path, line: quoteLine)
    case .behindReturn: throw error(.strayCarriageReturn)
    default: break
    }
    record.fields.append(field)
    return isBlank(record) ? nil : record
  }

  /// Takes what is left of this chunk up to a byte that may mean something; false for nothing.
  private mutating func takePlain(into field: inout [UInt8]) -> Bool {
    let count = chunk.withUnsafeBufferPointer { bytes in
      let end = bytes[position...].firstIndex { byte in
        byte == UInt8(ascii: ",") || byte == 0x0A || byte == 0x0D || byte == quote
      }
      return (end ?? bytes.count) - position
    }
    field += chunk[position..<position + count]
    position += count
    recordBytes += count
    return count > 0
  }

  private func isBlank(_ record: Record) -> Bool { record.fields == [[]] }

  private func error(_ kind: ManifestError.Kind) -> ManifestError {
    ManifestError(kind, path: path, line: line)
  }

  private mutating func nextByte() throws(ManifestError) -> UInt8? {
    while position == chunk.count {
      chunk = try source.next()
      position = 0
      guard !chunk.isEmpty else { return nil }
      if isFirst {
        isFirst = false
        try begin()
      }
    }
    defer { position += 1 }
    recordBytes += 1
    return chunk[position]
  }

  /// Passes over UTF-8's byte order mark and refuses UTF-16, with its mark or without.
  private mutating func begin() throws(ManifestError) {
    while chunk.count < 3 {
      let more = try source.next()
      if more.isEmpty { break }
      chunk += more
    }
    // Tools that quote by a backslash write none: there it is the beginning of a key.
    if chunk.starts(with: byteOrderMark), quote == ManifestQuote.rfc.byte { position = 3 }
    let isMarked = chunk.starts(with: [0xFF, 0xFE]) || chunk.starts(with: [0xFE, 0xFF])
    // A key holds no zero byte, but every character of ASCII does in UTF-16.
    guard !isMarked, !chunk.prefix(2).contains(0) else { throw ManifestError(.utf16, path: path) }
  }
}

/// U+FEFF at the beginning of a text, as programs on Windows put it there.
let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

/// A key of 1,024 bytes has three times as many percent-encoded, an id 1,024; ETags and classes are short.
private let recordBytesMax = 64 << 10
