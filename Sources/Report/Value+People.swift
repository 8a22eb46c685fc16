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
    case .real(let value) where column.kind == .share:
      return shareCell(percent: value, fractionDigits: column.fractionDigits)
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

/// A bar of ten terminal columns, in eighths, and the number: `███▋          36.25`.
private func shareCell(percent: Double, fractionDigits: Int) -> Cell {
  let barWidth = 10
  let numberWidth = 7
  let eighths = Int(min(max(percent, 0), 100) / 100 * Double(barWidth * 8) + 0.5)
  // What is there at all is seen.
  let shown = percent > 0 ? max(1, eighths) : 0
  let blocks: [Unicode.Scalar] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉"]
  var bar = String(repeating: "█", count: shown / 8)
  if shown % 8 > 0 { bar.unicodeScalars.append(blocks[shown % 8 - 1]) }
  let number = groupedDecimal(percent, fractionDigits: fractionDigits)
  let spaces =
    barWidth - bar.unicodeScalars.count + max(1, numberWidth - number.utf8.count)
  let text = bar + String(repeating: " ", count: spaces) + number
  return Cell(text: Array(text.utf8), width: text.unicodeScalars.count)
}
