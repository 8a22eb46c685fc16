internal import SQLite
internal import Vocabulary

/// Objects that may be equal to others, in a temporary file of SQLite that goes with this value.
///
/// Its memory does not grow with them. The file has about 60 bytes beside the key for each, and as much again is
/// needed while they are sorted.
struct Candidates: ~Copyable {
  /// Objects of one ETag and size, of which the same is known.
  struct Group {
    var etag: [UInt8]
    var size: Int64
    var copies: Int64
    var certainty: ETagCertainty
    /// Whether it is what is left beside a group that is proven.
    var isRest: Bool
    /// The row of the first of them.
    var first: Int64
  }

  private let connection: Connection

  init(shouldStop: @escaping @Sendable () -> Bool) throws {
    let connection = try Connection(path: "", mode: .create)
    connection.setProgressCheck(shouldStop)
    try connection.execute(
      script: """
        PRAGMA page_size = 16384;
        PRAGMA cache_size = -16384;
        PRAGMA journal_mode = OFF;
        PRAGMA synchronous = OFF;
        PRAGMA temp_store = FILE;
        CREATE TABLE candidate (
          id INTEGER PRIMARY KEY, etag TEXT NOT NULL, size INTEGER NOT NULL,
          certainty INTEGER NOT NULL, run INTEGER NOT NULL, key TEXT NOT NULL) STRICT;
        CREATE TABLE repeated (
          etag TEXT NOT NULL, size INTEGER NOT NULL, certainty INTEGER NOT NULL,
          proven INTEGER NOT NULL, copies INTEGER NOT NULL, first_proven INTEGER,
          first_other INTEGER) STRICT;
        """)
    try connection.begin()
    self.connection = connection
  }

  /// Adds an object of the run of this number.
  func add(
    _ etag: Span<UInt8>, _ size: Int64, _ certainty: ETagCertainty, run: Int, key: Span<UInt8>
  ) throws {
    try connection.withStatement(Self.insertCandidate) { statement in
      // Safe without copies: the statement is run before the caller takes the bytes back.
      unsafe try statement.bind(borrowedText: etag, at: 1)
      try statement.bind(size, at: 2)
      try statement.bind(certainty.number, at: 3)
      try statement.bind(Int64(run), at: 4)
      unsafe try statement.bind(borrowedText: key, at: 5)
      try statement.run()
    }
  }

  /// Finds the groups, when all are there; `listsCopies` makes ready for `copies(of:_:)`.
  func group(listsCopies: Bool) throws {
    try connection.run(
      Self.insertRepeated, .integer(ETagCertainty.opaque.number))
    guard listsCopies else { return }
    try connection.execute(script: "CREATE INDEX candidate_by_etag ON candidate (etag, size)")
  }

  /// Every group: those with the most wasted bytes first, then those of which nothing is proven.
  func groups(_ body: (Group) throws -> Bool) throws {
    try connection.withStatement(Self.selectGroups) { rows in
      try rows.bind(ETagCertainty.opaque.number, at: 1)
      while try rows.step() {
        let group = Group(
          etag: rows.bytes(at: 0), size: rows.int64(at: 1), copies: rows.int64(at: 2),
          certainty: ETagCertainty(number: rows.int64(at: 3)), isRest: rows.int64(at: 4) != 0,
          first: rows.int64(at: 5))
        guard try body(group) else { return }
      }
    }
  }

  /// The run and key of the first object of a group.
  func first(of group: Group) throws -> (run: Int, key: Key)? {
    try connection.first(
      "SELECT run, key FROM candidate WHERE id = ?1", .integer(group.first)
    ) { (Int($0.int64(at: 0)), Key($0.bytes(at: 1))) }
  }

  /// The runs and keys of all objects of a group, in the order in which they were added.
  func copies(of group: Group, _ body: (_ run: Int, _ key: Key) throws -> Bool) throws {
    // What is not proven is left, unless nothing is: then the group is all of them.
    let isProven = group.certainty != .opaque
    try connection.withStatement(Self.selectCopies) { rows in
      try rows.bind(text: group.etag, at: 1)
      try rows.bind(group.size, at: 2)
      try rows.bind(group.isRest ? ETagCertainty.opaque.number : 0, at: 3)
      try rows.bind(isProven ? ETagCertainty.opaque.number - 1 : .max, at: 4)
      while try rows.step() {
        guard try body(Int(rows.int64(at: 0)), Key(rows.bytes(at: 1))) else { return }
      }
    }
  }

  private static let insertCandidate = """
    INSERT INTO candidate (etag, size, certainty, run, key) VALUES (?1, ?2, ?3, ?4, ?5)
    """

  private static let insertRepeated = """
    INSERT INTO repeated (etag, size, certainty, proven, copies, first_proven, first_other)
    SELECT etag, size, min(certainty), count(*) FILTER (WHERE certainty < ?1), count(*),
      min(id) FILTER (WHERE certainty < ?1), min(id) FILTER (WHERE certainty = ?1)
    FROM candidate
    GROUP BY etag, size HAVING count(*) > 1
    """

  /// The rows of all groups: two where a part is proven.
  ///
  /// A product that does not fit is a real number, and still the larger one.
  private static let selectGroups = """
    SELECT * FROM (
      SELECT etag, size, proven, certainty, 0, first_proven, size * (proven - 1) AS wasted
      FROM repeated WHERE proven > 1
      UNION ALL
      SELECT etag, size, CASE WHEN proven > 1 THEN copies - proven ELSE copies END, ?1, proven > 1,
        CASE WHEN proven = 1 THEN min(first_proven, first_other) ELSE first_other END, NULL
      FROM repeated WHERE proven < copies)
    ORDER BY wasted IS NULL, wasted DESC, size DESC, etag
    """

  private static let selectCopies = """
    SELECT run, key FROM candidate
    WHERE etag = ?1 AND size = ?2 AND certainty BETWEEN ?3 AND ?4
    ORDER BY id
    """
}
