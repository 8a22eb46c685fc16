internal import Index
internal import Report
internal import Vocabulary

/// What each column says of a row.
struct RowText {
  var mark: Mark
  var size: String
  var percent: String
  /// Tenths of the longest bar; nil where the size is not known.
  var barTenths: Int?
  var objects: String
  var growth: String
  var modified: String
  var name: [UInt8]
  var isObject: Bool

  static let unknown = "–"

  init(_ row: Row, in level: Level, _ view: ViewSettings) {
    mark = level.mark(of: row)
    size = row.bytes.map { view.unit.text($0) } ?? Self.unknown
    percent = Self.unknown
    if let bytes = row.bytes, let all = level.content.bytes {
      percent = Self.percent(bytes, of: all)
    }
    barTenths = row.bytes.map { Self.tenths($0, of: level.bytesMost) }
    objects = row.isObject ? "" : row.objects.map { groupedDecimal($0) } ?? Self.unknown
    growth = level.growth(of: row).map { Self.signed($0, view.unit) } ?? Self.unknown
    if row.isObject { growth = "" }
    modified = row.modified?.minuteText ?? Self.unknown
    // The key that is the prefix itself has no name below it.
    name = row.name.isEmpty ? Array("(the prefix as a key)".utf8) : row.name
    isObject = row.isObject
  }

  private static func percent(_ part: Int64, of all: Int64) -> String {
    guard all > 0 else { return unknown }
    let tenths = Int64(Double(part) / Double(all) * 1_000 + 0.5)
    return "\(tenths / 10).\(tenths % 10) %"
  }

  private static func tenths(_ part: Int64, of most: Int64) -> Int {
    most > 0 ? max(0, min(10, Int(Double(part) / Double(most) * 10 + 0.5))) : 0
  }

  private static func signed(_ bytes: Int64, _ unit: ByteUnit) -> String {
    (bytes > 0 ? "+" : "") + unit.text(bytes)
  }
}

/// Which columns have room, and how wide they are.
struct RowColumns {
  private enum Column: CaseIterable {
    case size, percent, bar, objects, growth, modified
  }

  private var widths: [Column: Int] = [:]
  private let screen: Int
  private static let markWidth = 2
  private static let barWidth = 12
  /// What names get before other columns do.
  private static let nameWidthMin = 14

  /// For the rows that are on the screen.
  init(_ rows: [RowText], _ view: ViewSettings, screen: Int) {
    self.screen = screen
    func width(_ heading: String, _ text: (RowText) -> String) -> Int {
      rows.reduce(heading.count) { max($0, text($1).unicodeScalars.count) }
    }
    widths[.size] = width("size", \.size)
    if view.share != .bar { widths[.percent] = width("share", \.percent) }
    if view.share != .percent { widths[.bar] = Self.barWidth }
    if view.showsCounts { widths[.objects] = width("objects", \.objects) }
    widths[.growth] = width("growth", \.growth)
    if view.sortKey == .modified { widths[.modified] = width("modified", \.modified) }
    // What rows are sorted by stays longest.
    var dropped: [Column] = [.growth, .bar, .objects, .percent, .modified]
    if view.sortKey == .count { dropped = [.growth, .bar, .percent, .modified, .objects] }
    for column in dropped where nameWidth < Self.nameWidthMin { widths[column] = nil }
  }

  private var nameWidth: Int {
    screen - Self.markWidth - widths.values.reduce(0) { $0 + $1 + 1 } - 1
  }

  func heading(growthDays: Int) -> ScreenLine {
    var line = ScreenLine(columns: screen)
    line.add("  ")
    for column in Column.allCases {
      guard let width = widths[column] else { continue }
      let words =
        switch column {
        case .size: "size"
        case .percent: "share"
        case .bar: ""
        case .objects: "objects"
        case .growth: width > 8 ? "growth \(growthDays)d" : "+\(growthDays)d"
        case .modified: "modified"
        }
      line.add(right: words.count <= width ? words : "", width: width, .dim)
      line.add(" ")
    }
    line.add(" name", .dim)
    return line
  }

  func line(_ row: RowText, usesColor: Bool) -> ScreenLine {
    var line = ScreenLine(columns: screen)
    let style: Style = row.mark == .denied || row.mark == .never ? .red : .yellow
    line.add(String(row.mark.rawValue), row.mark == .none ? .plain : style.unless(!usesColor))
    line.add(" ")
    for column in Column.allCases {
      guard let width = widths[column] else { continue }
      switch column {
      case .size: line.add(right: row.size, width: width)
      case .percent: line.add(right: row.percent, width: width)
      case .bar: addBar(row.barTenths, to: &line, usesColor: usesColor)
      case .objects: line.add(right: row.objects, width: width)
      case .growth: line.add(right: row.growth, width: width)
      case .modified: line.add(right: row.modified, width: width)
      }
      line.add(" ")
    }
    line.add(" ")
    line.add(name: row.name, row.isObject || !usesColor ? .plain : .bold)
    return line
  }

  private func addBar(_ tenths: Int?, to line: inout ScreenLine, usesColor: Bool) {
    line.add("[")
    line.add(String(repeating: "#", count: tenths ?? 0), Style.cyan.unless(!usesColor))
    line.add(String(repeating: tenths == nil ? "?" : " ", count: 10 - (tenths ?? 0)))
    line.add("]")
  }
}
