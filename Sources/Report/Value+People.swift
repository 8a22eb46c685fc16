import Vocabulary

extension Value {
  /// What tables and markdown show: grouped counts, byte counts in `unit`, escaped text.
  ///
  /// Null is empty. Only text and keys are ever cut to `widthMax`.
  func cell(in column: Column, unit: ByteUnit, widthMax: Int? = nil) -> Cell {
    switch self {
    case .null: return Cell()
    case .text(let text): return middleCutCell(Array(text.utf8), widthMax: widthMax)
    case .key(let bytes): return middleCutCell(bytes, widthMax: widthMax)
    case .bytes(let count): return Cell(ascii: unit.text(count))
    case .integer(let value):
      switch column.kind {
      case .bytes: return Cell(ascii: unit.text(value))
      case .count: return Cell(ascii: groupedDecimal(value))
      // A year or a number for a name: no separators.
      default: return Cell(ascii: String(value))
      }
    case .real(let value):
      return Cell(
        ascii: column.kind == .real
          ? groupedDecimal(value, fractionDigits: column.fractionDigits) : value.description)
    case .decimal(let digits): return Cell(ascii: groupedDecimal(digits))
    case .timestamp(let moment):
      var cell = Cell()
      cell.text.appendTimestamp(moment, forPeople: true)
      cell.width = cell.text.count
      return cell
    case .boolean(let value): return Cell(ascii: value ? "yes" : "no")
    }
  }
}
