internal import Migrations
internal import SQLite
internal import System
internal import Vocabulary

/// Where the trees of an index begin in its file, for a file that no longer says so itself.
///
/// SQLite keeps it in the first page and those behind it (`sqlite_schema`). Where a row of that cannot be read, the index
/// was made by this program's migrations in one go, or written anew by VACUUM: both lay out the same trees in the same
/// pages every time. What is taken from there is believed of pages that look like the roots of such trees.
struct RootPages {
  /// A table, or an index that comes with one.
  struct Tree: Equatable {
    var type: String
    var name: String
    var table: String
    var sql: String?
    var page: Int64
  }

  /// The size of an index's pages.
  static let pageBytes = 16_384

  /// What the migrations make, in their order.
  let model: [Tree]
  /// For each way in which an index may have come about, what it has where.
  private let layouts: [[String: Int64]]
  private let columns: [String: Int]

  init(now: Timestamp) throws {
    let connection = try Connection.inMemory()
    try connection.execute(script: "PRAGMA page_size = \(Self.pageBytes)")
    try Migrator(path: ":memory:", migrations: Migrations.migrations, views: Migrations.views)
      .upgrade(connection, now: now)
    model = try Self.trees(of: connection)
    var columns: [String: Int] = [:]
    for tree in model {
      let pragma = tree.type == "table" ? "pragma_table_info" : "pragma_index_xinfo"
      columns[tree.name] = Int(
        try connection.first("SELECT count(*) FROM \(pragma)('\(tree.name)')") {
          $0.int64(at: 0)
        } ?? 0)
    }
    self.columns = columns
    try connection.execute(script: "VACUUM")
    layouts = [model, try Self.trees(of: connection)].map(Self.pages)
  }

  private static func pages(_ trees: [Tree]) -> [String: Int64] {
    Dictionary(trees.map { ($0.name, $0.page) }) { first, _ in first }
  }

  /// As far as they can be read.
  static func trees(of connection: borrowing Connection) throws -> [Tree] {
    var trees: [Tree] = []
    do {
      try connection.withStatement(
        """
        SELECT type, name, tbl_name, sql, rootpage FROM sqlite_schema
        WHERE rootpage > 0 AND (type = 'table' OR sql IS NULL) ORDER BY rowid
        """
      ) { row in
        while try row.step() {
          trees.append(
            Tree(
              type: row.string(at: 0), name: row.string(at: 1), table: row.string(at: 2),
              sql: row.isNull(at: 3) ? nil : row.string(at: 3), page: row.int64(at: 4)))
        }
      }
    } catch let error as SQLiteError where error.isUnreadable {
      return trees
    }
    return trees
  }

  /// Whether all trees that were read are as the migrations make them.
  func areAllIn(_ found: [Tree]) -> Bool {
    found.map(\.withoutPage) == model.map(\.withoutPage)
  }

  /// Where each tree of a damaged file begins.
  ///
  /// - Throws: `RescueError.unreadable` where that cannot be told.
  func find(in path: String, _ found: [Tree]) throws -> [Tree] {
    var known: [String: Int64] = [:]
    for tree in found where columns[tree.name] != nil { known[tree.name] = tree.page }
    let missing = model.filter { known[$0.name] == nil }
    // Of a row whose name has changed, its text or its place among the others is left.
    let nameless = found.filter { columns[$0.name] == nil }
    for tree in nameless {
      if let same = missing.first(where: { $0.sql != nil && $0.sql == tree.sql }) {
        known[same.name] = tree.page
      } else if nameless.count == 1, missing.count == 1 {
        known[missing[0].name] = tree.page
      }
    }
    let unknown = model.filter { known[$0.name] == nil }
    if !unknown.isEmpty { known = try fill(known, unknown, path) }
    return model.compactMap { tree in
      known[tree.name].map { page in
        var tree = tree
        tree.page = page
        return tree
      }
    }
  }

  private func fill(
    _ known: [String: Int64], _ unknown: [Tree], _ path: String
  ) throws -> [String: Int64] {
    guard let pages = PageFile(path) else {
      throw RescueError.unreadable(path: path, reason: "it cannot be opened")
    }
    let children = pages.children()
    for layout in layouts where known.allSatisfy({ layout[$0.key] == $0.value }) {
      let isFitting = unknown.allSatisfy { tree in
        guard let page = layout[tree.name], !children.contains(page) else { return false }
        return pages.mayBeRoot(
          page, isByRow: tree.type == "table" && tree.sql?.contains("WITHOUT ROWID") != true,
          columns: columns[tree.name] ?? 0)
      }
      if isFitting { return layout }
    }
    throw RescueError.unreadable(
      path: path, reason: "where its tables begin is lost, and is not where a new index has them")
  }

  /// Whether a file without the first page of an index has another page that only an index has: the records of this
  /// program's migrations.
  static func isOfIndex(at path: String) -> Bool {
    // Every index begins with that table.
    guard let pages = PageFile(path), let page = pages.page(2) else { return false }
    let text = String(decoding: page, as: UTF8.self)
    return Migrations.migrations.allSatisfy {
      text.contains($0.name) && text.contains($0.checksum)
    }
  }
}

extension RootPages.Tree {
  fileprivate var withoutPage: Self {
    var tree = self
    tree.page = 0
    return tree
  }
}
