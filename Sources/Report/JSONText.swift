internal import Vocabulary

extension [UInt8] {
  /// Appends a value as JSON (RFC 8259).
  ///
  /// Numbers are exact; NaN and infinities, which JSON lacks, become null; moments are ISO 8601.
  mutating func appendJSON(_ value: Value) {
    switch value {
    case .null: self += "null".utf8
    case .text(let text): text.withBytes { appendJSONString($0) }
    case .key(let bytes): appendJSONString(bytes.span)
    case .integer(let value), .bytes(let value): appendDecimal(value)
    case .real(let value): self += (value.isFinite ? value.description : "null").utf8
    case .decimal(let digits): self += digits.utf8
    case .timestamp(let moment):
      append(UInt8(ascii: "\""))
      appendTimestamp(moment, forPeople: false)
      append(UInt8(ascii: "\""))
    case .boolean(let value): self += (value ? "true" : "false").utf8
    }
  }
}
