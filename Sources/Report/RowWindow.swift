internal import Vocabulary

/// Which rows of a result are written: a page of them.
///
///     var writer = ReportWriter(options: options, window: RowWindow(rowsMax: 10)) { … }
///
/// A row beyond the page ends the result by `RowWindow.End`, thrown where that row ends; whoever made the
/// writer catches it, finishes what there is, and has `nextStart` from it for the page that follows.
package struct RowWindow: Equatable, Sendable {
  /// Where a page begins.
  package enum Start: Equatable, Sendable {
    case first
    /// After so many rows, which are those whose names have this digest; where they are others, the order
    /// is another, and rows would be missed or come twice.
    case after(rows: Int64, digest: Int64)
    /// Behind the row of this name, wherever it stands now: in an order of names the rows before it are those that
    /// were there, and others that came between them.
    case behind(name: [UInt8])
  }

  package var start: Start
  package var rowsMax: Int64
  /// No row begins after so many bytes.
  package var bytesMax: Int
  /// The columns whose values tell rows apart, whatever else changes in them.
  package var naming: Set<String>

  package init(
    from start: Start = .first, rowsMax: Int64, bytesMax: Int = .max, naming: Set<String> = []
  ) {
    self.start = start
    self.rowsMax = rowsMax
    self.bytesMax = bytesMax
    self.naming = naming
  }

  /// There are more rows than the page has.
  package struct End: Error {
    package init() {}
  }

  /// The rows before the page are no longer those that they were.
  package struct Changed: Error {
    package init() {}
  }
}

/// Where a row stands in the order of an index, by its key: what a later page begins behind.
package struct RowPlace: Equatable, Sendable {
  package var bucket: String
  package var endpoint: String
  package var key: [UInt8]
  /// Which of several rows of the key it is: a version in the index's order, nil for the latest; of changes, the
  /// sync that found them.
  package var rank: Int64?

  package init(bucket: String, endpoint: String, key: [UInt8], rank: Int64? = nil) {
    self.bucket = bucket
    self.endpoint = endpoint
    self.key = key
    self.rank = rank
  }
}

/// What has gone by of a result that is written by pages.
struct RowPages {
  private let window: RowWindow
  private var isNaming: [Bool] = []
  /// The naming values of the row that is being added, each with its length.
  private var name: [UInt8] = []
  private var nameOfLast: [UInt8] = []
  /// How many rows had a name so far, by its hash.
  private var namesakes: [UInt64: Int] = [:]
  /// Those before the page, and those on it.
  private var rows: Int64 = 0
  /// Over the names of these.
  private var digest = RowPages.digest(of: [])
  private var rowsOnPage: Int64 = 0
  private var isInPage: Bool

  /// A cursor is part of a URL.
  private static let nameBytesMax = 4_000

  init(_ window: RowWindow) {
    self.window = window
    isInPage = window.start == .first
  }

  mutating func begin(_ columns: [Column]) {
    isNaming = columns.map { window.naming.contains($0.name) }
  }

  /// No row needs a name: a page begins with the first one, which is behind a place.
  mutating func needNoNames() { isNaming = isNaming.map { _ in false } }

  mutating func add(_ value: Value, at place: Int) {
    guard isNaming[place] else { return }
    switch value {
    case .key(let bytes): append(bytes)
    case .text(let text), .decimal(let text): append(Array(text.utf8))
    case .integer(let number), .bytes(let number): append(Array("\(number)".utf8))
    case .timestamp(let moment): append(Array("\(moment.millisecondsSinceEpoch)".utf8))
    case .real(let number): append(Array("\(number)".utf8))
    case .boolean(let isTrue): append([isTrue ? 1 : 0])
    case .null: name += "-,".utf8
    }
  }

  mutating func add(text: Span<UInt8>, at place: Int) {
    guard isNaming[place] else { return }
    append(text.withUnsafeBufferPointer { Array($0) })
  }

  private mutating func append(_ bytes: [UInt8]) {
    name += "\(bytes.count):".utf8
    name += bytes
  }

  /// Whether the row that ends, which begins after so many bytes, is one before the page.
  ///
  /// - Throws: `RowWindow.End` for one behind it, `RowWindow.Changed` where the page has no beginning any more.
  mutating func endRow(bytesBefore: Int) throws -> Bool {
    defer { name.removeAll(keepingCapacity: true) }
    numberName()
    if !isInPage, case .after(let count, let expected) = window.start, rows == count {
      guard Int64(bitPattern: digest) == expected else { throw RowWindow.Changed() }
      isInPage = true
    }
    let isBefore = !isInPage
    if isInPage {
      guard rowsOnPage < window.rowsMax, bytesBefore < window.bytesMax else {
        throw RowWindow.End()
      }
      rowsOnPage += 1
    } else if case .behind(let last) = window.start, name == last {
      isInPage = true
    }
    rows += 1
    digest = Self.digest(of: name, after: digest)
    swap(&nameOfLast, &name)
    return isBefore
  }

  /// FNV-1a of bytes, after those before them.
  private static func digest(
    of bytes: [UInt8], after earlier: UInt64 = 0xCBF2_9CE4_8422_2325
  ) -> UInt64 {
    bytes.reduce(earlier) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
  }

  /// Several rows of one name are told apart by their number: five findings of a kind in a bucket.
  private mutating func numberName() {
    guard !name.isEmpty else { return }
    let hash = Self.digest(of: name)
    let earlier = namesakes[hash, default: 0]
    namesakes[hash] = earlier + 1
    if earlier > 0 { name += "+\(earlier)".utf8 }
  }

  /// - Throws: `RowWindow.Changed` where the result ended before the page began.
  func finish() throws {
    guard !isInPage else { return }
    // What stood behind it may all have gone.
    if window.start == .after(rows: rows, digest: Int64(bitPattern: digest)) { return }
    throw RowWindow.Changed()
  }

  /// Where the page behind this one begins.
  func next(inOrderOfNames: Bool) -> RowWindow.Start {
    inOrderOfNames && !nameOfLast.isEmpty && nameOfLast.count <= Self.nameBytesMax
      ? .behind(name: nameOfLast) : .after(rows: rows, digest: Int64(bitPattern: digest))
  }
}
