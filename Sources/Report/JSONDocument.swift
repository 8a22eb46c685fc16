/// One JSON object (RFC 8259) of single values and of tables, a field a line.
///
///     var document = JSONDocument()
///     document.add("state", .text("complete"))
///     document.add("buckets", [Column("bucket", .text)], [[.text("logs")]])
///     try sink(document.finish())
///
///     {
///     "state":"complete",
///     "buckets":[{"bucket":"logs"}]
///     }
package struct JSONDocument {
  private var bytes = Array("{".utf8)
  private var hasFields = false

  package init() {}

  /// Adds a field with one value.
  package mutating func add(_ name: String, _ value: Value) {
    begin(name)
    bytes.appendJSON(value)
  }

  /// Adds a field with an array of objects: one for each row, with a value for every column.
  package mutating func add(_ name: String, _ columns: [Column], _ rows: [[Value]]) {
    begin(name)
    bytes.append(UInt8(ascii: "["))
    for (place, row) in rows.enumerated() {
      precondition(row.count == columns.count, "a row has a value for every column")
      bytes += place > 0 ? ",\n{".utf8 : "\n{".utf8
      for (column, value) in zip(columns, row) {
        if column.name != columns.first?.name { bytes.append(UInt8(ascii: ",")) }
        bytes.appendJSON(.text(column.name))
        bytes.append(UInt8(ascii: ":"))
        bytes.appendJSON(value)
      }
      bytes.append(UInt8(ascii: "}"))
    }
    bytes += rows.isEmpty ? "]".utf8 : "\n]".utf8
  }

  /// Adds a field with an array of texts.
  package mutating func add(_ name: String, _ texts: [String]) {
    begin(name)
    bytes.append(UInt8(ascii: "["))
    for (place, text) in texts.enumerated() {
      if place > 0 { bytes.append(UInt8(ascii: ",")) }
      bytes.appendJSON(.text(text))
    }
    bytes.append(UInt8(ascii: "]"))
  }

  /// The whole document, with a line end.
  package consuming func finish() -> [UInt8] { bytes + "\n}\n".utf8 }

  private mutating func begin(_ name: String) {
    bytes += hasFields ? ",\n".utf8 : "\n".utf8
    hasFields = true
    bytes.appendJSON(.text(name))
    bytes.append(UInt8(ascii: ":"))
  }
}
