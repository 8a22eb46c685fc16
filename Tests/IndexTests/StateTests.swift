import IndexFixtures
import SQLite
import Testing

@testable import Index

/// The states of rows, in Swift and in the schema.
@Suite struct StateTests {
  /// The words that a table's `state` may hold.
  private func words(of table: String) throws -> Set<String> {
    let index = try ScratchIndex()
    let connection = try IndexFile.openForWriting(path: index.path, now: index.now())
    let sql = try connection.first(
      "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?1", .text(table)
    ) { $0.string(at: 0) }
    let list = try #require(sql?.firstMatch(of: #/CHECK \(state IN \(([^)]*)\)/#)?.1)
    return Set(list.matches(of: #/'(\w+)'/#).map { String($0.1) })
  }

  @Test func bucketsHaveTheStatesOfTheSchema() throws {
    #expect(try words(of: "bucket") == Set(BucketState.allCases.map(\.rawValue)))
  }

  @Test func syncsHaveTheStatesOfTheSchema() throws {
    #expect(try words(of: "sync") == Set(SyncState.allCases.map(\.rawValue)))
  }

  @Test func crawlsHaveTheStatesOfTheSchema() throws {
    #expect(try words(of: "crawl") == Set(CrawlRowState.allCases.map(\.rawValue)))
  }
}
