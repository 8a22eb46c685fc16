internal import Index
internal import Vocabulary

/// A level on the screen: what was read of it, in which order it is shown, and where the cursor is.
struct Level: Sendable {
  private(set) var content: ReadLevel
  var growth: Growth?
  /// The rows that are shown, by their numbers.
  private(set) var order: [Int] = []
  /// Which of `order` the cursor is on; the number after the last for the line about objects that were not read.
  private(set) var cursor = 0
  /// The first line that is on the screen.
  private(set) var top = 0
  /// The bytes of the largest row that is shown, which has the longest bar.
  private(set) var bytesMost: Int64 = 0

  /// How `order` was made; nil where rows have come since.
  private var arrangement: Arrangement?

  private struct Arrangement: Equatable {
    var sortKey: ViewSettings.SortKey
    var isReversed: Bool
    var filter: String
  }

  /// Without a name the cursor is on the first row.
  init(_ content: ReadLevel, _ view: ViewSettings, filter: String = "", cursorName: [UInt8]? = nil)
  {
    self.content = content
    arrange(view, filter: filter, cursorName: cursorName)
  }

  var place: Place { content.place }

  /// Rows, and the line about objects that were not read.
  var lineCount: Int { order.count + (content.objectsLeft > 0 ? 1 : 0) }

  /// The row that the cursor is on; nil on the line about objects that were not read, and where there is no row.
  var selected: Row? { cursor < order.count ? content.rows[order[cursor]] : nil }

  var isOnRest: Bool { cursor == order.count && content.objectsLeft > 0 }

  /// How many objects of its own are among its rows.
  var objectsShown: Int { content.rows.lazy.count { $0.isObject } }

  mutating func move(to line: Int, screenRows: Int) {
    cursor = max(0, min(line, lineCount - 1))
    scroll(screenRows: screenRows)
  }

  /// Brings the cursor onto the screen.
  mutating func scroll(screenRows: Int) {
    let rows = max(1, screenRows)
    top = max(0, min(top, lineCount - rows))
    if cursor < top { top = cursor }
    if cursor >= top + rows { top = cursor - rows + 1 }
  }

  /// Takes what was read again in the place of what was there; the cursor stays on its row.
  mutating func replace(_ content: ReadLevel, _ view: ViewSettings, filter: String) {
    let name = selected?.name
    let line = cursor
    self.content = content
    arrangement = nil
    arrange(view, filter: filter, cursorName: name)
    // The row has gone, or the cursor was on the line about the rest, where further rows begin now.
    if selected?.name != name { cursor = max(0, min(line, lineCount - 1)) }
  }

  /// Sorts and filters the rows; the cursor stays on its row.
  mutating func arrange(_ view: ViewSettings, filter: String, cursorName: [UInt8]? = nil) {
    let wanted = Arrangement(
      sortKey: view.sortKey, isReversed: view.isReversed, filter: filter)
    guard wanted != arrangement else { return }
    arrangement = wanted
    let name = cursorName ?? selected?.name
    let rows = content.rows
    order = filter.isEmpty ? Array(rows.indices) : Self.matches(rows, filter)
    switch view.sortKey {
    case .name: if view.isReversed { order.reverse() }
    case .size: sort(by: rows.map(\.bytes), view.isReversed)
    case .count: sort(by: rows.map(\.objects), view.isReversed)
    case .modified: sort(by: rows.map { $0.modified?.millisecondsSinceEpoch }, view.isReversed)
    }
    bytesMost = order.lazy.compactMap { rows[$0].bytes }.max() ?? 0
    cursor = name.flatMap { name in order.firstIndex { rows[$0].name == name } } ?? 0
  }

  /// The greatest first; what is not known comes last either way, and equals by name.
  private mutating func sort(by values: [Int64?], _ isReversed: Bool) {
    let turn: Int64 = isReversed ? -1 : 0
    // Like a minus sign a complement turns the order around, but it cannot overflow.
    let keys = values.map { value in value.map { $0 ^ turn } ?? .min }
    order.sort { left, right in
      keys[left] == keys[right] ? left < right : keys[left] > keys[right]
    }
  }

  /// Rows in whose names the text stands; letters of ASCII fit in either case.
  private static func matches(_ rows: [Row], _ filter: String) -> [Int] {
    let wanted = filter.utf8.map(\.lowercase)
    return rows.indices.filter { rows[$0].name.holds(wanted) }
  }
}

extension [UInt8] {
  /// Whether these bytes stand in it, which are lower case.
  fileprivate func holds(_ wanted: [UInt8]) -> Bool {
    guard let first = wanted.first else { return true }
    guard count >= wanted.count else { return false }
    for start in 0...(count - wanted.count) where self[start].lowercase == first {
      var index = 1
      while index < wanted.count, self[start + index].lowercase == wanted[index] { index += 1 }
      if index == wanted.count { return true }
    }
    return false
  }
}

extension UInt8 {
  fileprivate var lowercase: UInt8 { isASCIIUppercase ? self | 0x20 : self }
}

// MARK: - What is known of rows

extension Level {
  /// How far a row can be believed.
  func freshness(of row: Row) -> Freshness {
    switch row.kind {
    case .account(_, let freshness): freshness
    case .bucket(let bucket): bucket.freshness
    case .prefix, .object:
      content.bucket.map { bucket in
        bucket.freshness(below: Key(prefix + row.name))
      } ?? content.freshness
    }
  }

  func mark(of row: Row) -> Mark {
    // Of an object there is nothing to say but what its level says.
    Mark(freshness(of: row), objects: row.isObject ? nil : row.objects, now: content.now)
  }

  /// The bytes that a row has more than so many days ago; nil where that is not known.
  func growth(of row: Row) -> Int64? {
    guard let growth, !row.isObject, let bytes = row.bytes, freshness(of: row).state == .complete
    else { return nil }
    let subject: Growth.Subject =
      if case .bucket(let bucket) = row.kind { .bucket(bucket.id) } else { .name(row.name) }
    return growth.before[subject, default: growth.otherwise].map { bytes.minus($0) }
  }

  /// The level below a row; nil for an object.
  func place(of row: Row) -> Place? {
    switch row.kind {
    case .account(let account, _): return .account(account)
    case .bucket(let bucket): return .below(bucket.address, .start)
    case .prefix:
      guard case .below(let bucket, let prefix) = place else { return nil }
      return .below(bucket, Key(prefix.bytes + row.name))
    case .object: return nil
    }
  }

  /// Whom `i` asks about.
  func subject(of row: Row) -> Request.Subject? {
    if let place = place(of: row) { return .place(place) }
    guard case .below(let bucket, let prefix) = place else { return nil }
    return .object(bucket, Key(prefix.bytes + row.name))
  }

  /// A row by its address: `s3://logs/2026/a.gz`; nil for an account.
  func address(of row: Row) -> [UInt8]? {
    switch subject(of: row) {
    case .place(.below(let bucket, let prefix)): Array("s3://\(bucket.name)/".utf8) + prefix.bytes
    case .object(let bucket, let key): Array("s3://\(bucket.name)/".utf8) + key.bytes
    default: nil
    }
  }

  private var prefix: [UInt8] {
    if case .below(_, let prefix) = place { prefix.bytes } else { [] }
  }
}

extension BucketSummary {
  var address: BucketAddress { BucketAddress(endpoint: endpoint, name: name) }
}
