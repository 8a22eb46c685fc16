/// A CSV text that RFC 4180 does not allow.
struct CSVError: Error {
  var offset: Int
}

/// Reads RFC 4180 with LF line ends, strictly: quotes only around whole fields, a final line end.
func readCSV(_ bytes: [UInt8]) throws -> [[[UInt8]]] {
  var records: [[[UInt8]]] = []
  var record: [[UInt8]] = []
  var index = 0
  while index < bytes.count {
    var field: [UInt8] = []
    if bytes[index] == UInt8(ascii: "\"") {
      index += 1
      while true {
        guard index < bytes.count else { throw CSVError(offset: index) }
        if bytes[index] == UInt8(ascii: "\"") {
          guard index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "\"") else { break }
          index += 1
        }
        field.append(bytes[index])
        index += 1
      }
      index += 1
    } else {
      while index < bytes.count, !",\n".utf8.contains(bytes[index]) {
        guard !"\"\r".utf8.contains(bytes[index]) else { throw CSVError(offset: index) }
        field.append(bytes[index])
        index += 1
      }
    }
    record.append(field)
    guard index < bytes.count else { throw CSVError(offset: index) }
    switch bytes[index] {
    case UInt8(ascii: ","): break
    case UInt8(ascii: "\n"):
      records.append(record)
      record = []
    default: throw CSVError(offset: index)
    }
    index += 1
  }
  return records
}

/// Undoes the backslash sequences of PostgreSQL's COPY text format that the writer uses.
func unescapedTSV(_ field: ArraySlice<UInt8>) -> [UInt8] {
  var bytes: [UInt8] = []
  var rest = field
  while let byte = rest.popFirst() {
    guard byte == UInt8(ascii: "\\") else {
      bytes.append(byte)
      continue
    }
    switch rest.popFirst() {
    case UInt8(ascii: "t"): bytes.append(0x09)
    case UInt8(ascii: "n"): bytes.append(0x0A)
    case UInt8(ascii: "r"): bytes.append(0x0D)
    case let other: bytes += other.map { [$0] } ?? []
    }
  }
  return bytes
}
