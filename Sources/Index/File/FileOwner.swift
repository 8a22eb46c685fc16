internal import SQLite
internal import System

/// Whose the file at an index's path is, told without a change to it or to the files beside it.
///
/// As soon as SQLite opens a database it takes a log in, rolls a journal back and removes both, whoever's
/// they are. So what is there is looked at first: the file through a connection that sees neither, and the
/// log and the journal byte by byte (https://www.sqlite.org/fileformat2.html). Neither an index nor its
/// `-shm` is read so, as this process may have them open: SQLite's locks on a file are gone when any descriptor of
/// it is closed that is not SQLite's own (https://www.sqlite.org/howtocorrupt.html, section 2.2).
enum FileOwner: Equatable {
  case index
  /// Nothing is in it, or it is not there: an index can be made of it.
  case nobody
  case others
  /// It cannot be read: SQLite says why.
  case unknown

  /// Looks at a path without links, where there is a plain file or nothing.
  ///
  /// - Throws: `IndexError.foreignFile` for a file of others at the place of the index's log or journal.
  init(of path: String, indexPath: String) throws(IndexError) {
    // A sync may be filling the file meanwhile: what was looked at last must be as it was at first.
    while true {
      let content = MainFile(path: path)
      let owner = try Self.judge(content, path: path, indexPath: indexPath)
      if owner != .nobody || MainFile(path: path) == content {
        self = owner
        return
      }
    }
  }

  private static func judge(
    _ content: MainFile, path: String, indexPath: String
  ) throws(IndexError) -> FileOwner {
    switch content {
    case .others: return .others
    case .unknown: return .unknown
    case .index, .blank, .empty: break
    }
    for suffix in FileBeside.suffixes {
      guard FileBeside.isPlainOrMissing(path + suffix) else {
        throw .foreignFile(path: path + suffix, indexPath: indexPath)
      }
    }
    let log = FileBeside.log(path + "-wal", findsPage: content != .index)
    let journal = FileBeside.journal(path + "-journal")
    if content == .index {
      if log == .otherFile { throw .foreignFile(path: path + "-wal", indexPath: indexPath) }
      if journal == .otherFile { throw .foreignFile(path: path + "-journal", indexPath: indexPath) }
      return .index
    }
    if log == .ofIndex { return content == .blank ? .index : .nobody }
    // What belongs to a database that is not there, or not yet, is not to be lost for an index.
    let isBlank = content == .blank
    switch log {
    case .missing: break
    case .ofNothing where isBlank: break
    case .ofDatabase where isBlank: return .others
    default: throw .foreignFile(path: path + "-wal", indexPath: indexPath)
    }
    switch journal {
    case .missing, .ofNothing: break
    case .ofDatabase where isBlank: return .others
    default: throw .foreignFile(path: path + "-journal", indexPath: indexPath)
    }
    guard FileBeside.mayBeSharedMemory(path + "-shm") else {
      throw .foreignFile(path: path + "-shm", indexPath: indexPath)
    }
    return .nobody
  }
}

/// What a database file says of itself, without its log and its journal.
private enum MainFile: Equatable {
  case index, others, unknown
  /// A database without tables that nobody has marked.
  case blank
  /// No byte, or no file.
  case empty

  init(path: String) {
    guard let bytes = PrivateFile.bytes(at: path), bytes > 0 else {
      self = .empty
      return
    }
    // SQLite takes it for an empty one.
    guard bytes > 1 else {
      self = .others
      return
    }
    do {
      let connection = try Connection(path: path, mode: .immutable)
      // While a log is taken in, the file may seem to end before its last page: its beginning is whole.
      if let page = connection.firstBytes(FirstPage.bytes), FirstPage.isOfIndex(page) {
        self = .index
        return
      }
      func number(_ sql: String) throws -> Int64 {
        try connection.first(sql) { $0.int64(at: 0) } ?? 0
      }
      let id = try number("PRAGMA application_id")
      guard id == 0 else {
        self = id == IndexIdentity.applicationID ? .index : .others
        return
      }
      let isBlank =
        try number("PRAGMA user_version") == 0
        && number("SELECT count(*) FROM sqlite_schema") == 0
      self = isBlank ? .blank : .others
    } catch let error as SQLiteError where error.primaryCode == .notADatabase {
      self = .others
    } catch let error as SQLiteError where error.primaryCode == .corrupt {
      self = .others
    } catch {
      self = .unknown
    }
  }
}

/// The beginning of the first page of a database.
private enum FirstPage {
  /// Its header, and that of the tree that holds the schema.
  static let bytes = 112

  static func isOfIndex(_ page: [UInt8]) -> Bool {
    page.number(at: 68) == UInt32(IndexIdentity.applicationID)
  }

  /// Whether there is no table, and nobody has marked the file.
  static func isBlank(_ page: [UInt8]) -> Bool {
    page.number(at: 60) == 0 && page.number(at: 68) == 0 && page[100] == 13 && page[103] == 0
      && page[104] == 0
  }
}

/// A file that SQLite may keep beside a database.
private enum FileBeside {
  case missing
  /// It tells nothing of a first page.
  case ofNothing
  case ofIndex
  case ofDatabase
  /// SQLite has not written it.
  case otherFile

  static let suffixes = ["-wal", "-journal", "-shm"]

  static func isPlainOrMissing(_ path: String) -> Bool {
    PrivateFile.ownKind(at: path).map { $0 == .plain } ?? true
  }

  /// Whose a log is, by the first page in it, where that is looked for.
  static func log(_ path: String, findsPage: Bool) -> FileBeside {
    guard let file = ReadableFile(plainAt: path), file.status.size > 0 else { return .missing }
    guard let header = file.bytes(32, at: 0) else { return .otherFile }
    // Where the machine stopped before the header reached the disk.
    if header.allSatisfy({ $0 == 0 }) { return .ofNothing }
    let pageBytes = header.number(at: 8)
    guard header.number(at: 0) & ~1 == 0x377f_0682, isSize(pageBytes) else { return .otherFile }
    guard findsPage else { return .ofNothing }
    var offset: Int64 = 32
    // A frame of an older log has other salts.
    while let frame = file.bytes(24, at: offset), frame[8..<16] == header[16..<24] {
      if frame.number(at: 0) == 1, let page = file.bytes(FirstPage.bytes, at: offset + 24) {
        if FirstPage.isOfIndex(page) { return .ofIndex }
        if !FirstPage.isBlank(page) { return .ofDatabase }
      }
      offset += 24 + Int64(pageBytes)
    }
    return .ofNothing
  }

  private static let journalMagic: [UInt8] = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7]

  /// Whose a journal is: with one of a file that was empty before, nothing can be lost.
  static func journal(_ path: String) -> FileBeside {
    guard let file = ReadableFile(plainAt: path), file.status.size > 0 else { return .missing }
    guard let header = file.bytes(28, at: 0) else { return .otherFile }
    // The first bytes are written last, and made zero where a journal is kept that has done its work.
    let isMarked = Array(header[..<8]) == journalMagic
    guard isMarked || header[..<12].allSatisfy({ $0 == 0 }) else { return .otherFile }
    let isOfEmptyFile =
      header.number(at: 16) == 0 && isSize(header.number(at: 20)) && isSize(header.number(at: 24))
    return isOfEmptyFile ? .ofNothing : .ofDatabase
  }

  private static func isSize(_ bytes: UInt32) -> Bool {
    (32...65_536).contains(bytes) && bytes.nonzeroBitCount == 1
  }

  /// By its size: the file holds locks of this process, so it must not be opened here.
  static func mayBeSharedMemory(_ path: String) -> Bool {
    guard let bytes = PrivateFile.bytes(at: path) else { return true }
    return bytes <= 3 || bytes.isMultiple(of: 4_096)
  }
}

extension [UInt8] {
  /// Four bytes as SQLite writes a number.
  fileprivate func number(at position: Int) -> UInt32 {
    self[position..<position + 4].reduce(0) { $0 << 8 | UInt32($1) }
  }
}
