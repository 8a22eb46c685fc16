/// Where each column of a table goes on a terminal of so many columns, so that no line wraps.
///
/// For a terminal of 40 columns and the columns bucket (12 wide), key (60), size (9) and etag (32): the
/// etag goes, bucket and size stay as they are, and the key gets the 15 that are left.
struct TableFit: Equatable {
  /// What a layout knows of a column before it is placed.
  struct Column: Equatable {
    var rank: Report.Column.Rank
    /// What its heading and its values take.
    var width: Int
    /// Whether its values may be cut.
    var isText: Bool
    /// Whether its values are numbers, which stand as well below the row.
    var isNumber = false
  }

  enum Place: Equatable {
    case inLine(width: Int)
    /// On a line of its own below the row.
    case below
    case hidden
  }

  static let gapWidth = 2
  /// A bucket, or a word, is not cut below this before other columns go.
  private static let textWidthMin = 12
  private static let wordWidthMin = 24
  /// What is left of texts when nothing else can go.
  private static let narrowWidth = 8
  private static let narrowestWidth = 4

  private(set) var places: [Place]
  private let columns: [Column]
  private let screen: Int
  /// The column that keeps its line to the last.
  private let first: Int

  /// Precondition: there is a column, and `screen` is positive.
  init(_ columns: [Column], screen: Int) {
    self.columns = columns
    self.screen = screen
    first =
      columns.firstIndex { $0.rank == .answer } ?? columns.firstIndex { $0.isText } ?? 0
    places = columns.map { .inLine(width: $0.width) }
    guard excess > 0 else { return }
    for index in columns.indices {
      places[index] = isFree(index, .prose) ? .below : .inLine(width: leastWidth(of: index))
    }
    hideAsides()
    hideNormal()
    narrow()
    moveBelow()
    spread()
    bringBack()
  }

  func width(of index: Int) -> Int? {
    if case .inLine(let width) = places[index] { width } else { nil }
  }

  private var widths: [Int] { places.indices.compactMap { width(of: $0) } }

  /// The terminal columns that are missing; negative where some are left.
  private var excess: Int {
    widths.reduce(0, +) + Self.gapWidth * max(0, widths.count - 1) - screen
  }

  private func isFree(_ index: Int, _ rank: Report.Column.Rank) -> Bool {
    index != first && columns[index].rank == rank && width(of: index) != nil
  }

  /// What a column has at least while others can still go.
  private func leastWidth(of index: Int) -> Int {
    let column = columns[index]
    guard column.isText else { return column.width }
    // Two rows that differ in the rest of a long key look alike: whoever is not the answer goes first.
    if index == first { return min(column.width, max(Self.textWidthMin, screen * 2 / 3)) }
    switch column.rank {
    case .answer, .stays: return min(column.width, max(Self.textWidthMin, screen / 4))
    case .normal: return min(column.width, max(Self.wordWidthMin, screen / 4))
    case .aside, .prose: return column.width
    }
  }

  /// The widest first: so the fewest have to go.
  private mutating func hideAsides() {
    while excess > 0 {
      let widest = columns.indices.filter { isFree($0, .aside) }
        .max { (columns[$0].width, $0) < (columns[$1].width, $1) }
      guard let widest else { return }
      places[widest] = .hidden
    }
  }

  private mutating func hideNormal() {
    while excess > 0, let last = columns.indices.last(where: { isFree($0, .normal) }) {
      places[last] = .hidden
    }
  }

  private mutating func narrow() {
    let texts = columns.indices.filter { columns[$0].isText && width(of: $0) != nil }
    let others = texts.filter { $0 != first }
    narrow(others, to: Self.narrowWidth)
    moveNumbersBelow()
    narrow(texts.filter { $0 == first }, to: Self.narrowWidth)
    narrow(others, to: Self.narrowestWidth)
  }

  /// Moves numbers below their row, the last ones first, where they would leave the answer less than a
  /// third of the line.
  private mutating func moveNumbersBelow() {
    guard columns[first].isText else { return }
    let wanted = min(columns[first].width, screen / 3)
    while let width = width(of: first), excess > 0, width - excess < wanted {
      let last = columns.indices.last {
        $0 != first && columns[$0].isNumber && self.width(of: $0) != nil
      }
      guard let last else { return }
      places[last] = .below
    }
  }

  private mutating func narrow(_ texts: [Int], to least: Int) {
    while excess > 0 {
      let widest = texts.max { (width(of: $0) ?? 0, $0) < (width(of: $1) ?? 0, $1) }
      guard let widest, let width = width(of: widest), width > least else { return }
      places[widest] = .inLine(width: width - 1)
    }
  }

  private mutating func moveBelow() {
    while excess > 0 {
      let last = columns.indices.last { $0 != first && width(of: $0) != nil }
      guard let last else { break }
      places[last] = .below
    }
    if columns[first].isText { narrow([first], to: 1) }
  }

  /// Shows what a wider column had to go with, where every text is whole and room is left.
  private mutating func bringBack() {
    for rank in [Report.Column.Rank.normal, .aside] {
      for index in columns.indices where places[index] == .hidden && columns[index].rank == rank {
        guard excess + Self.gapWidth + columns[index].width <= 0 else { continue }
        places[index] = .inLine(width: columns[index].width)
      }
    }
  }

  /// Gives what room is left to the answer, then to other texts, from the left.
  private mutating func spread() {
    let texts = columns.indices.filter { columns[$0].isText && width(of: $0) != nil }
    let answers = texts.filter { $0 == first || columns[$0].rank == .answer }
    for index in answers.sorted(by: { ($0 != first ? 1 : 0, $0) < ($1 != first ? 1 : 0, $1) })
      + texts.filter({ !answers.contains($0) })
    {
      guard excess < 0, let width = width(of: index) else { continue }
      places[index] = .inLine(width: min(columns[index].width, width - excess))
    }
  }
}
