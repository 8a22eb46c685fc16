internal import SQLite
internal import System
internal import Vocabulary

/// How a file system takes names of different bytes for the same: macOS, Windows' file systems and folders
/// of Linux with `casefold` do.
struct NameFolding: Equatable, Sendable {
  /// Whether `A` is `a`.
  var ignoresCase: Bool
  /// Whether the ways to write `é` are one.
  var ignoresForm: Bool

  init?(ignoresCase: Bool, ignoresForm: Bool) {
    guard ignoresCase || ignoresForm else { return nil }
    self.ignoresCase = ignoresCase
    self.ignoresForm = ignoresForm
  }

  /// Tries it with files that are gone at once; nil where each name is itself.
  init?(of folder: Folder) throws {
    let chance = LocalPath.temporaryPrefix + String(UInt64.random(in: .min ... .max), radix: 36)
    func isSame(_ made: String, _ other: String) throws -> Bool {
      let (name, second) = (
        try FileName((chance + made).utf8), try FileName((chance + other).utf8)
      )
      // A file system without such a name cannot take it for another, and where nothing can be written, no
      // names can meet.
      guard (try? folder.create(name)) != nil else { return false }
      defer {
        // The next restore removes it.
        try? folder.remove(name)
      }
      return try folder.status(of: second) != nil
    }
    self.init(
      ignoresCase: try isSame("-a", "-A"), ignoresForm: try isSame("-\u{E9}", "-e\u{301}"))
  }

  /// The text that all names have which may be the same: those that differ in it never are.
  func folded(_ key: Key) -> String? {
    guard let text = String(validating: key.bytes, as: UTF8.self) else { return nil }
    return ignoresCase ? text.lowercased().uppercased().lowercased() : text
  }

  /// Whether two keys that were folded are the same path.
  func isSame(_ first: String, _ second: String) -> Bool {
    // Swift compares texts as Unicode has it, whatever the form.
    ignoresForm ? first == second : first.utf8.elementsEqual(second.utf8)
  }
}

/// The keys so far, by what a file system makes of them: of those that it takes for one, the first has the
/// file.
///
/// Folders fold, too: `A/x` and `a/y` are files of one folder, which has the spelling of the one that was
/// made first; `A/x` and `a/x` are the same file.
struct FoldedNames: ~Copyable {
  let folding: NameFolding
  /// On disk, as there may be very many.
  private let database: Connection

  init(_ folding: NameFolding) throws {
    let database = try Connection(path: "", mode: .create)
    try database.execute(
      script: """
        PRAGMA journal_mode = OFF;
        CREATE TABLE folded (hash INTEGER NOT NULL, key TEXT NOT NULL, PRIMARY KEY (hash, key))
        STRICT, WITHOUT ROWID;
        """)
    self.folding = folding
    self.database = database
  }

  /// The earlier key that the file system takes for the same name; nil, and it is kept, without one.
  func first(as key: Key) throws -> Key? {
    // What is no text is compared by its bytes, and no other key has those.
    guard let folded = folding.folded(key) else { return nil }
    // Texts that are equal have equal hashes, in one process; few others do.
    let hash = SQLiteValue.integer(Int64(folded.hashValue))
    let others = try database.all("SELECT key FROM folded WHERE hash = ?1 ORDER BY key", hash) {
      Key($0.bytes(at: 0))
    }
    for other in others {
      if let text = folding.folded(other), folding.isSame(text, folded) { return other }
    }
    try database.run("INSERT INTO folded VALUES (?1, ?2)", hash, .text(key.bytes))
    return nil
  }
}
