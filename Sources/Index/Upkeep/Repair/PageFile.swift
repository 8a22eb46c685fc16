internal import System

/// The pages of a database file as bytes, for one that SQLite cannot open
/// (https://www.sqlite.org/fileformat2.html, section 1.6).
///
/// No connection of this process may have the file open: its locks would be gone.
struct PageFile: ~Copyable {
  private let file: ReadableFile
  let count: Int64
  private static let bytes = RootPages.pageBytes

  init?(_ path: String) {
    guard let file = ReadableFile(plainAt: path) else { return nil }
    count = file.status.size / Int64(Self.bytes)
    self.file = file
  }

  func page(_ number: Int64) -> [UInt8]? {
    guard number > 0, number <= count else { return nil }
    return file.bytes(Self.bytes, at: (number - 1) * Int64(Self.bytes))
  }

  private enum Kind {
    static let interior: [UInt8] = [2, 5]
    static let byRow: [UInt8] = [5, 13]
    static let byKey: [UInt8] = [2, 10]
  }

  /// The pages that others lead to, which are no roots.
  func children() -> Set<Int64> {
    var children: Set<Int64> = []
    guard count > 1 else { return children }
    for number in 2...count {
      guard let page = page(number), Kind.interior.contains(page[0]) else { continue }
      children.insert(Int64(page.big32(at: 8)))
      for cell in Self.cells(of: page) where cell + 4 <= page.count {
        children.insert(Int64(page.big32(at: cell)))
      }
    }
    return children
  }

  private static func cells(of page: [UInt8]) -> [Int] {
    let start = Kind.interior.contains(page[0]) ? 12 : 8
    let count = min(page.big16(at: 3), (page.count - start) / 2)
    return (0..<count).map { page.big16(at: start + 2 * $0) }
  }

  /// Whether a tree of this kind, with rows of so many columns, may begin at a page: one that is damaged may.
  func mayBeRoot(_ number: Int64, isByRow: Bool, columns: Int) -> Bool {
    // A page behind the end of a file that was cut is a lost one.
    guard var page = page(number) else { return number > 1 }
    if page.allSatisfy({ $0 == 0 }) { return true }
    guard (isByRow ? Kind.byRow : Kind.byKey).contains(page[0]) else { return false }
    // Down the left side, which may be damaged: a tree is no deeper.
    for _ in 0..<16 where page[0] == 5 {
      guard let child = Self.cells(of: page).first, child + 4 <= page.count,
        let below = self.page(Int64(page.big32(at: child)))
      else { return true }
      page = below
    }
    guard let cell = Self.cells(of: page).first else { return true }
    return Self.columns(ofCellAt: cell, in: page).map { $0 == columns } ?? true
  }

  /// How many columns a cell's record has; nil where it cannot be read.
  private static func columns(ofCellAt cell: Int, in page: [UInt8]) -> Int? {
    var place = page[0] == 2 ? cell + 4 : cell
    // The length of the record, and the number of a row.
    guard page.varint(at: &place) != nil, page[0] != 13 || page.varint(at: &place) != nil else {
      return nil
    }
    let start = place
    guard let length = page.varint(at: &place), start + length <= page.count else { return nil }
    var count = 0
    while place < start + length {
      guard page.varint(at: &place) != nil else { return nil }
      count += 1
    }
    return count
  }
}

extension [UInt8] {
  fileprivate func big16(at place: Int) -> Int { Int(self[place]) << 8 | Int(self[place + 1]) }

  fileprivate func big32(at place: Int) -> UInt32 {
    self[place..<place + 4].reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// A number of SQLite's records, which must be a small one; nil where there is none.
  fileprivate func varint(at place: inout Int) -> Int? {
    var value = 0
    for _ in 0..<5 {
      guard place < count else { return nil }
      value = value << 7 | Int(self[place] & 0x7f)
      place += 1
      if self[place - 1] < 0x80 { return value }
    }
    return nil
  }
}
