internal import Migrations
internal import SQLite
internal import System
internal import Vocabulary

/// What a rescue reads: the damaged file itself, or a copy of it whose first page and schema were written anew.
struct RescueSource {
  private let path: String
  private let copy: String
  private let now: Timestamp

  init(path: String, now: Timestamp) {
    (self.path, copy, self.now) = (path, path + ".rescued-source", now)
  }

  /// The file to read rows from.
  ///
  /// - Throws: `RescueError.unreadable` where not even its tables can be found.
  func prepare() throws -> String {
    try removeCopy()
    let roots = try RootPages(now: now)
    let found = try trees()
    if roots.areAllIn(found) { return path }
    try refuseOtherSchema()
    let trees = try roots.find(in: path, found)
    do {
      try copyFile()
      try write(trees)
    } catch {
      try removeCopy()
      throw error
    }
    return copy
  }

  /// Takes the copy away, if there is one.
  func removeCopy() throws {
    for suffix in ["", "-wal", "-shm", "-journal"] where FileSystem.exists(at: copy + suffix) {
      try FileSystem.remove(copy + suffix)
    }
  }

  /// An index that another program wrote has other tables, and those of this one are not where they seem.
  private func refuseOtherSchema() throws {
    guard let version = try? Int(Self.number("PRAGMA user_version", in: Self.open(path))),
      version > 0, version < Migrations.migrations.count
    else { return }
    throw RescueError.unreadable(path: path, reason: "its schema version is \(version)")
  }

  private static func number(_ sql: String, in connection: borrowing Connection) throws -> Int64 {
    try connection.first(sql) { $0.int64(at: 0) } ?? 0
  }

  private func trees() throws -> [RootPages.Tree] {
    do {
      return try RootPages.trees(of: Self.open(path))
    } catch let error as SQLiteError where error.isUnreadable {
      return []
    }
  }

  /// Opens a damaged file, to read it alone.
  static func open(_ path: String) throws -> Connection {
    let connection = try Connection(path: path, mode: .readOnly)
    try connection.setBusyTimeout(milliseconds: 10_000)
    // Then a file that was cut is read as far as it goes, and a schema of which a part makes no sense without that part
    // (https://www.sqlite.org/pragma.html#pragma_writable_schema); nothing is written here.
    try connection.execute(script: "PRAGMA writable_schema = ON")
    return connection
  }

  /// The same file with a first page that holds no table.
  private func copyFile() throws {
    guard let source = ReadableFile(plainAt: path) else {
      throw RescueError.unreadable(path: path, reason: "it cannot be opened")
    }
    let size = source.status.size
    if let free = DiskSpace.free(at: copy), free < size {
      throw RescueError.noRoom(path: path, needed: size, free: free)
    }
    let file = try FileReplacement(of: copy, access: .owner)
    // Whole pages alone, so that what comes behind them begins at one.
    let pages = max(1, size / Int64(RootPages.pageBytes))
    try file.write(try firstPage(pages: pages))
    try Self.append(
      source, from: Int64(RootPages.pageBytes), to: pages * Int64(RootPages.pageBytes), file)
    try file.commit()
    guard let log = ReadableFile(plainAt: path + "-wal") else { return }
    let logCopy = try FileReplacement(of: copy + "-wal", access: .owner)
    try Self.append(log, from: 0, to: log.status.size, logCopy)
    try logCopy.commit()
  }

  private static func append(
    _ source: borrowing ReadableFile, from start: Int64, to end: Int64,
    _ file: borrowing FileReplacement
  ) throws {
    var place = start
    while place < end {
      var buffer = [UInt8](repeating: 0, count: Int(min(1 << 20, end - place)))
      let count = try source.read(into: &buffer, at: place)
      // What cannot be read to its end stands as zeros: its pages are lost.
      try file.write(buffer)
      place += Int64(max(count, buffer.count))
    }
  }

  /// The page of an index without tables, whose file has so many pages, none of them free
  /// (https://www.sqlite.org/fileformat2.html, section 1.3).
  private func firstPage(pages: Int64) throws -> [UInt8] {
    var page = [UInt8](repeating: 0, count: RootPages.pageBytes)
    func put(_ number: Int64, _ bytes: Int, at place: Int) {
      for index in 0..<bytes {
        page[place + index] = UInt8(truncatingIfNeeded: number >> Int64(8 * (bytes - 1 - index)))
      }
    }
    page.replaceSubrange(0..<16, with: Array("SQLite format 3\0".utf8))
    put(Int64(RootPages.pageBytes), 2, at: 16)
    page.replaceSubrange(18..<24, with: [1, 1, 0, 64, 32, 32])
    // The counter of changes, twice: then the count of pages is believed.
    put(1, 4, at: 24)
    put(pages, 4, at: 28)
    // The number of the schema, its format, and UTF-8.
    put(1, 4, at: 40)
    put(4, 4, at: 44)
    put(1, 4, at: 56)
    put(Int64(Migrations.migrations.count), 4, at: 60)
    put(Int64(IndexIdentity.applicationID), 4, at: 68)
    put(1, 4, at: 92)
    put(3_040_001, 4, at: 96)
    // An empty leaf.
    page[100] = 13
    put(Int64(RootPages.pageBytes), 2, at: 105)
    return page
  }

  private func write(_ trees: [RootPages.Tree]) throws {
    let connection = try Connection(path: copy, mode: .readWrite)
    try connection.execute(script: "PRAGMA writable_schema = ON; PRAGMA synchronous = OFF;")
    // A log may hold a first page as well.
    try connection.run("DELETE FROM sqlite_schema")
    for tree in trees {
      try connection.run(
        "INSERT INTO sqlite_schema (type, name, tbl_name, rootpage, sql) VALUES (?1, ?2, ?3, ?4, ?5)",
        .text(tree.type), .text(tree.name), .text(tree.table), .integer(tree.page),
        tree.sql.map { .text($0) } ?? .null)
    }
  }
}
