internal import CSQLite

/// An open database, closed exactly once, when it goes out of scope.
///
/// It may move between threads but is used by one at a time (SQLite's multi-thread mode): an actor
/// or a single function owns it. Text in double quotes is never taken for a string, and extended
/// result codes are on.
@safe package struct Connection: ~Copyable {
  let handle: OpaquePointer
  private let statements = StatementCache()
  private let callbacks = Callbacks()

  /// How a file is opened.
  package enum Mode: Sendable {
    case readOnly
    /// For a file that nobody writes as long as it is open: no lock is taken and no log is looked for,
    /// so that its folder need not be writable (https://www.sqlite.org/uri.html, "immutable").
    case immutable
    /// For an existing file.
    case readWrite
    /// Creates the file when it is absent.
    case create
  }

  /// Opens a database file, whatever it is called; the empty name is a private temporary one.
  ///
  /// - Throws: `SQLiteError` with `.cannotOpen`; the content is first read by the first statement.
  package init(path: String, mode: Mode) throws(SQLiteError) {
    // SQLite takes `file:x` for a URL where it is built so, and `:memory:` for no file at all: a path
    // that begins with a slash or a dot is neither.
    let isPlain = path.isEmpty || path.hasPrefix("/")
    try self.init(name: isPlain ? path : "./" + path, mode: mode)
  }

  /// Makes a private database in memory.
  package static func inMemory() throws(SQLiteError) -> Connection {
    try Connection(name: ":memory:", mode: .create)
  }

  private init(name: String, mode: Mode) throws(SQLiteError) {
    unsafe handle = try Self.open(name, mode)
  }

  /// Runs once in the process: 3 % of a first sync went into the lock around SQLite's memory
  /// counters.
  private static let hasConfigured: Bool = csqlite_stop_memory_statistics() == SQLITE_OK

  private static func open(_ path: String, _ mode: Mode) throws(SQLiteError) -> OpaquePointer {
    // False when another part of the process initialized SQLite before; it works the same, slower.
    _ = hasConfigured
    let access =
      switch mode {
      case .readOnly: SQLITE_OPEN_READONLY
      case .immutable: SQLITE_OPEN_READONLY | SQLITE_OPEN_URI
      case .readWrite: SQLITE_OPEN_READWRITE
      // Attached files are named by URLs then; no path that comes here looks like one.
      case .create: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI
      }
    var opened: OpaquePointer?
    let flags = access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
    let name = mode == .immutable ? url(of: path, "immutable=1") : path
    var code = unsafe sqlite3_open_v2(name, &opened, flags, nil)
    if code == SQLITE_OK, let connection = unsafe opened {
      code = unsafe csqlite_refuse_double_quoted_strings(connection)
      if code == SQLITE_OK { return unsafe connection }
    }
    // SQLite hands out a handle even when it fails, for the message.
    var error = unsafe SQLiteError.last(code, on: opened)
    error.file = path
    _ = unsafe sqlite3_close_v2(opened)
    throw error
  }

  /// The name of a file with a parameter (https://www.sqlite.org/uri.html).
  static func url(of path: String, _ parameter: String) -> String {
    let escaped = path.replacing("%", with: "%25").replacing("?", with: "%3f")
      .replacing("#", with: "%23")
    // With an empty host, a path that begins with two slashes names none.
    return "file:\(path.hasPrefix("/") ? "//" : "")\(escaped)?\(parameter)"
  }

  deinit {
    // close_v2 waits for statements that are still alive, in whatever order Swift drops them.
    _ = unsafe sqlite3_close_v2(handle)
  }

  func check(_ code: Int32, sql: String? = nil) throws(SQLiteError) {
    try unsafe SQLiteError.check(code, on: handle, sql: sql)
  }
}

// MARK: - Statements

extension Connection {
  /// Prepares one statement for use by the caller alone.
  package func prepare(_ sql: String) throws(SQLiteError) -> Statement {
    try unsafe Statement(sql, on: handle, isPersistent: false)
  }

  /// Lends a statement that stays prepared between calls; it is reset afterwards.
  ///
  /// The text is the cache's key, so it must be a constant, not built from values.
  package func withStatement<Result>(
    _ sql: String, _ body: (inout Statement) throws -> Result
  ) throws -> Result {
    // Taken out while in use: the same SQL used again inside `body` gets a statement of its own.
    let cached =
      try statements.take(sql)
      ?? CachedStatement(unsafe Statement(sql, on: handle, isPersistent: true))
    defer {
      cached.statement.reset()
      cached.statement.clearBindings()
      statements.put(cached)
    }
    return try body(&cached.statement)
  }

  /// The texts of the statements that are kept prepared, so that tests can look at all their plans.
  package var preparedTexts: [String] { statements.texts }

  /// Runs a cached statement with these parameters, for its effect.
  package func run(_ sql: String, _ parameters: SQLiteValue...) throws {
    try withStatement(sql) { statement in
      try statement.bind(parameters)
      try statement.run()
    }
  }

  /// The first row of a cached statement, read by `row`; nil when there is none.
  package func first<Result>(
    _ sql: String, _ parameters: SQLiteValue..., row: (borrowing Statement) throws -> Result
  ) throws -> Result? {
    try withStatement(sql) { statement in
      try statement.bind(parameters)
      return try statement.step() ? row(statement) : nil
    }
  }

  /// All rows of a cached statement, in memory: for results that are known to be small.
  package func all<Result>(
    _ sql: String, _ parameters: SQLiteValue..., row: (borrowing Statement) throws -> Result
  ) throws -> [Result] {
    try withStatement(sql) { statement in
      try statement.bind(parameters)
      var results: [Result] = []
      while try statement.step() { results.append(try row(statement)) }
      return results
    }
  }

  /// Runs a script of several statements without parameters, as migrations are.
  package func execute(script: String) throws(SQLiteError) {
    try check(unsafe sqlite3_exec(handle, script, nil, nil, nil), sql: script)
  }

  package var lastInsertRowID: Int64 { unsafe sqlite3_last_insert_rowid(handle) }

  /// The rows that all statements of this connection have written so far.
  package var rowsChangedInAll: Int64 { unsafe sqlite3_total_changes64(handle) }

  /// The rows that the last INSERT, UPDATE or DELETE wrote.
  package var rowsChanged: Int64 { unsafe sqlite3_changes64(handle) }
}

// MARK: - Transactions

extension Connection {
  /// Whether a transaction takes the write lock at its beginning or at its first write.
  package enum TransactionKind: String, Sendable {
    case deferred = "BEGIN DEFERRED"
    case immediate = "BEGIN IMMEDIATE"
  }

  package var isInTransaction: Bool { unsafe sqlite3_get_autocommit(handle) == 0 }

  /// Runs `body` in one transaction: committed when it returns, rolled back when it throws.
  package func transaction<Result>(
    _ kind: TransactionKind = .immediate, _ body: () throws -> Result
  ) throws -> Result {
    try begin(kind)
    do {
      let result = try body()
      try commit()
      return result
    } catch {
      rollBack()
      throw error
    }
  }

  package func begin(_ kind: TransactionKind = .immediate) throws {
    try run(kind.rawValue)
  }

  package func commit() throws {
    try run("COMMIT")
  }

  /// Ends the open transaction, if there is one, and undoes what it wrote.
  package func rollBack() {
    guard isInTransaction else { return }
    // After an I/O error SQLite may have rolled back by itself; there is nothing further to do.
    try? run("ROLLBACK")
  }
}

// MARK: - Limits and callbacks

extension Connection {
  /// How long a statement waits for another connection's lock before it fails with `.busy`.
  package func setBusyTimeout(milliseconds: Int32) throws(SQLiteError) {
    try check(unsafe sqlite3_busy_timeout(handle, milliseconds))
  }

  /// Whether another connection has, or waits for, the right to write the file; of no meaning while there is a log.
  package var hasWriter: Bool { unsafe csqlite_has_writer(handle) != 0 }

  /// Keeps ordinary SQL from damaging the file (SQLITE_DBCONFIG_DEFENSIVE).
  package func setDefensive() throws(SQLiteError) {
    try check(unsafe csqlite_set_defensive(handle))
  }

  /// Limits the length of any string, blob or row, in bytes.
  package func setLengthLimit(bytes: Int32) {
    _ = unsafe sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, bytes)
  }

  /// Asks `shouldStop` every `instructions` virtual machine steps; true ends the statement with
  /// `.interrupted`.
  package func setProgressCheck(
    every instructions: Int32 = 10_000, _ shouldStop: @escaping @Sendable () -> Bool
  ) {
    let box = ProgressBox(shouldStop)
    callbacks.progress = box
    unsafe sqlite3_progress_handler(
      handle, instructions,
      { context in
        guard let context = unsafe context else { return 0 }
        let box = unsafe Unmanaged<ProgressBox>.fromOpaque(context).takeUnretainedValue()
        return box.shouldStop() ? 1 : 0
      }, Unmanaged.passUnretained(box).toOpaque())
  }

  /// Ends `setProgressCheck`.
  package func clearProgressCheck() {
    unsafe sqlite3_progress_handler(handle, 0, nil, nil)
    callbacks.progress = nil
  }

  /// Lets `decide` allow or deny each action of statements prepared from now on.
  package func setAuthorizer(_ decide: @escaping @Sendable (AuthorizerAction) -> Bool)
    throws(SQLiteError)
  {
    let box = AuthorizerBox(decide)
    callbacks.authorizer = box
    let code = unsafe sqlite3_set_authorizer(
      handle,
      { context, action, first, second, _, _ in
        guard let context = unsafe context else { return SQLITE_DENY }
        let box = unsafe Unmanaged<AuthorizerBox>.fromOpaque(context).takeUnretainedValue()
        let asked = AuthorizerAction(
          code: action, first: unsafe first.map { unsafe String(cString: $0) },
          second: unsafe second.map { unsafe String(cString: $0) })
        return box.decide(asked) ? SQLITE_OK : SQLITE_DENY
      }, Unmanaged.passUnretained(box).toOpaque())
    try check(code)
  }

  /// Adds a deterministic SQL function over one text; of NULL it is NULL.
  package func addFunction(
    named name: String, _ body: @escaping @Sendable (Span<UInt8>) -> SQLiteValue
  ) throws(SQLiteError) {
    let box = FunctionBox(body)
    callbacks.functions.append(box)
    let flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY
    let code = unsafe sqlite3_create_function_v2(
      handle, name, 1, flags, Unmanaged.passUnretained(box).toOpaque(),
      { context, _, arguments in unsafe FunctionBox.call(context, arguments) }, nil, nil, nil)
    try check(code)
  }

  /// Whether a text matches a pattern of SQLite's GLOB operator: `*`, `?`, `[a-z]`, `[^a-z]`; case
  /// counts.
  package static func glob(_ pattern: String, matches text: String) -> Bool {
    unsafe sqlite3_strglob(pattern, text) == 0
  }

}
