internal import SQLite
internal import Vocabulary

/// How much of an index is memory of the past, in bytes of its pages.
package struct PastSizes: Equatable, Sendable {
  /// The journal of changes.
  package var journal: Int64
  /// What buckets, classes and prefixes held at earlier crawls.
  package var history: Int64
}

extension IndexReader {
  /// Nil where SQLite was built without the table that tells (https://www.sqlite.org/dbstat.html).
  ///
  /// Every page of the tables is read: a second for a gigabyte of them.
  package func pastSizes() throws -> PastSizes? {
    let hasTable =
      try connection.first("SELECT 1 FROM pragma_module_list WHERE name = 'dbstat'") { _ in true }
    guard hasTable == true else { return nil }
    func bytes(_ tables: [String]) throws -> Int64 {
      try tables.reduce(into: 0) { sum, table in
        let bytes = try connection.first(
          "SELECT sum(pgsize) FROM dbstat WHERE name = ?1 AND aggregate = TRUE", .text(table)
        ) { $0.int64(at: 0) }
        sum += bytes ?? 0
      }
    }
    return PastSizes(
      journal: try bytes(["object_change"]),
      history: try bytes([
        "usage_history", "usage_point", "usage_gap", "prefix_usage_history",
        "prefix_usage_recorded",
      ]))
  }
}
