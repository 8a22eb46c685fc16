import IndexFixtures
import SQLite
import TestSupport
import Testing
import Vocabulary

@testable import Index

/// The plans of every statement that the writer and the reader keep prepared, as they really ran.
@Suite struct QueryPlanTests {
  private let contents = Contents(
    uniqueKeysWithValues: (0..<40).map { number in
      (Key("a/\(number)"), ModelObject(size: Int64(number) << 30))
    })

  /// A statement and the steps of its plan.
  struct Plan {
    var sql: String
    var steps: [String]
  }

  private func plansOfAWriter() async throws -> [Plan] {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.sync("bucket", contents)
    var changed = contents.filter { $0.key != Key("a/1") }
    changed[Key("a/2")] = ModelObject(size: 7)
    changed[Key("b")] = ModelObject()
    try await writer.sync("bucket", changed)
    try await writer.sync("bucket", contents, prefix: Key("a/"))
    let failed = try await writer.begin("bucket")
    try await writer.record([BucketProperty(.acl, .denied)], of: failed)
    _ = try await writer.finishCrawl(failed, outcome: .failed(reason: "cut off"))
    _ = try await writer.begin("bucket")
    _ = try await writer.bucketNames(at: "")
    let account = AccountIdentity(owner: "o", number: "111122223333", profile: "p")
    try await writer.settle(account, at: "", owned: ["bucket"], read: ["bucket"])
    try await writer.markMissing(bucket: "bucket", endpoint: "")
    try await writer.forget(bucket: "bucket", endpoint: "")
    return try await writer.plans()
  }

  private func plansOfAReader() async throws -> [Plan] {
    let index = try ScratchIndex()
    try await index.writer().sync("bucket", contents)
    let reader = try index.reader()
    var filters = [ObjectFilter](repeating: ObjectFilter(), count: 5)
    filters[1].prefix = Key("a/")
    filters[2].keyGlob = "*1*"
    filters[2].sizeMin = 5
    filters[2].modifiedFrom = Timestamp(millisecondsSinceEpoch: 0)
    filters[4].sizeMin = 2 << 30
    filters[3].storageClasses = ["STANDARD", "SNOW"]
    filters[3].keyMatches = .init(text: ".") { _ in true }
    for filter in filters {
      for grouping in [nil] + Grouping.allCases {
        _ = try reader.totals(by: grouping, filter, now: index.now())
      }
      try reader.find(filter, limit: nil) { _, _, _, _ in true }
      for order in [TopOrder.largest, .smallest, .newest, .oldest] {
        _ = try reader.top(order, count: 3, perBucket: false, filter)
      }
      for depth in [1, 5] { _ = try reader.prefixUsage(filter, depth: depth) }
      _ = try reader.bucketUsage(filter)
    }
    _ = try reader.findings(of: [], atLeast: .info)
    return try reader.connection.plans()
  }

  @Test func looksForObjectsByTheirKeyOnly() async throws {
    let plans = try await plansOfAWriter() + plansOfAReader()
    let steps = plans.flatMap { plan in
      plan.steps.filter { $0.contains(" object ") || $0.hasSuffix(" object") }
        .map { (sql: plan.sql, step: $0) }
    }
    #expect(steps.count >= 10)
    for (sql, step) in steps {
      let isByKey = step.hasPrefix("SEARCH object USING PRIMARY KEY (bucket_id=?")
      // A question about all objects, such as how old they are, has no bounds to look them up by.
      let isEverything = step == "SCAN object" && sql.contains("WHERE TRUE")
      let isByLargeSize = step.contains(" object USING COVERING INDEX object_large")
      #expect(isByKey || isByLargeSize || isEverything, "\(step) in \(sql)")
    }
  }

  @Test func neverReadsAWholeRollupOrJournal() async throws {
    for plan in try await plansOfAWriter() + plansOfAReader() {
      // Every bucket's classes are wanted together: that table is small by nature.
      let isOfAllBuckets = plan.sql.contains("ORDER BY bucket_usage.bucket_id")
      for step in plan.steps where step.hasPrefix("SCAN") && !isOfAllBuckets {
        for table in ["bucket_usage", "prefix_usage", "usage_history", "crawl_range"] {
          #expect(!"\(step) ".contains("SCAN \(table) "), "\(step) in \(plan.sql)")
        }
      }
    }
  }

  @Test func sortsOnlyWhatIsAskedForInAnotherOrder() async throws {
    for plan in try await plansOfAWriter() + plansOfAReader() {
      let sorts = plan.steps.contains { $0.hasPrefix("USE TEMP B-TREE FOR") }
      let isByAttribute =
        plan.sql.contains("ORDER BY bucket_usage.bucket_id, storage_class.name")
        || plan.sql.contains("ORDER BY name, endpoint")
        // The classes of all buckets' versions, which are as few.
        || plan.sql.contains("ORDER BY bucket_id, name")
      #expect(!sorts || isByAttribute, "\(plan.steps) in \(plan.sql)")
    }
  }

  @Test(arguments: [
    (
      "SELECT key, size, last_modified_ms, etag, storage_class_id",
      "SEARCH object USING PRIMARY KEY (bucket_id=? AND key>? AND key<?)"
    ), ("UPDATE object", "SEARCH object USING PRIMARY KEY (bucket_id=? AND key=?)"),
    (
      "DELETE FROM object WHERE bucket_id = ?1 AND key",
      "SEARCH object USING PRIMARY KEY (bucket_id=? AND key=?)"
    ),
    (
      "DELETE FROM prefix_usage WHERE bucket_id = ?1 AND depth",
      "SEARCH prefix_usage USING PRIMARY KEY (bucket_id=? AND depth=? AND prefix=?)"
    ),
    ("UPDATE crawl_range", "SEARCH crawl_range USING PRIMARY KEY (crawl_id=? AND lo=?)"),
    (
      "SELECT key, objects FROM crawl_mark", "SEARCH crawl_mark USING PRIMARY KEY (crawl_id=?)"
    ),
    (
      "SELECT key, objects FROM bucket_mark",
      "SEARCH bucket_mark USING PRIMARY KEY (bucket_id=? AND key>? AND key<?)"
    ),
  ])
  func writesThroughTheKey(beginning: String, step: String) async throws {
    let plan = try #require(
      try await plansOfAWriter().first { $0.sql.hasPrefix(beginning) }, "\(beginning)")
    #expect(plan.steps == [step])
  }

  @Test(arguments: [
    "SELECT size FROM object", "SELECT size, key FROM object",
    "SELECT size, last_modified_ms FROM object", "SELECT size, storage_class_id FROM object",
    "SELECT size, last_modified_ms, storage_class_id, key, etag FROM object\nWHERE bucket_id = ?1 AND key >=",
    "SELECT count(*), coalesce(sum(size), 0) FROM object",
  ])
  func scansOneRunOfKeysInOrder(beginning: String) async throws {
    let plans = try await plansOfAReader().filter {
      $0.sql.hasPrefix(beginning) && !$0.sql.contains("WHERE TRUE")
    }
    #expect(!plans.isEmpty)
    for plan in plans {
      #expect(
        plan.steps == ["SEARCH object USING PRIMARY KEY (bucket_id=? AND key>? AND key<?)"],
        "\(plan.sql)")
    }
  }

  @Test(arguments: [
    (
      "SELECT prefix, objects, bytes FROM prefix_usage",
      "SEARCH prefix_usage USING PRIMARY KEY (bucket_id=? AND depth=? AND prefix>? AND prefix<?)"
    ),
    (
      "SELECT size, bucket_id, key FROM object INDEXED BY object_large",
      "SEARCH object USING COVERING INDEX object_large (size>?)"
    ),
    (
      "SELECT key FROM object INDEXED BY object_large",
      "SEARCH object USING COVERING INDEX object_large (size=? AND bucket_id=? AND key>? AND key<?)"
    ),
    (
      "SELECT size, last_modified_ms, storage_class_id, key, etag FROM object\nWHERE bucket_id = ?1 AND key = ?2",
      "SEARCH object USING PRIMARY KEY (bucket_id=? AND key=?)"
    ),
  ])
  func readsRollupsAndLargeObjectsByTheirKeys(beginning: String, step: String) async throws {
    let plan = try #require(
      try await plansOfAReader().first { $0.sql.hasPrefix(beginning) }, "\(beginning)")
    #expect(plan.steps == [step])
  }

  @Test(arguments: [.bucket("bucket"), .bucket("*"), .prefix("a/"), .prefix("a")] as [Place])
  func neverReadsBeyondThePlacesAskedFor(place: Place) async throws {
    let index = try ScratchIndex()
    try await index.writer().sync("bucket", contents)
    let reader = try index.reader()
    var filter = ObjectFilter()
    filter.keyGlob = "*"
    switch place {
    case .bucket(let pattern): filter.scopes = [.init(bucketPattern: pattern)]
    case .prefix(let text): filter.prefix = Key(text)
    }
    for grouping in [nil] + Grouping.allCases {
      _ = try reader.totals(by: grouping, filter, now: index.now())
    }
    let plans = try reader.connection.plans().filter { $0.sql.contains("FROM object") }
    #expect(!plans.isEmpty)
    for plan in plans {
      #expect(
        plan.steps == ["SEARCH object USING PRIMARY KEY (bucket_id=? AND key>? AND key<?)"],
        "\(plan.sql)")
    }
  }

  /// Where a question is about.
  enum Place: Sendable {
    case bucket(String), prefix(String)
  }

  /// What a question that has an answer in a small table must never do.
  @Test func answersWholeBucketsWithoutAnObject() async throws {
    let index = try ScratchIndex()
    try await index.writer().sync("bucket", contents)
    let reader = try index.reader()
    for grouping in [nil, .bucket, .account, .region, .class, .prefix] as [Grouping?] {
      _ = try reader.totals(by: grouping, ObjectFilter(), now: index.now())
    }
    _ = try reader.bucketUsage(ObjectFilter())
    var filter = ObjectFilter()
    for depth in 0...4 { _ = try reader.prefixUsage(filter, depth: depth) }
    filter.prefix = Key("a/")
    for depth in 0...3 { _ = try reader.prefixUsage(filter, depth: depth) }
    for plan in try reader.connection.plans() {
      #expect(!plan.steps.contains { $0.contains(" object ") }, "\(plan.sql)")
    }
    let sums = try reader.connection.plans().filter { $0.sql.contains("bucket_usage") }
    #expect(sums.count == 1)
  }

  @Test(arguments: [nil, "bucket", "b*"])
  func readsTheLargestFromTheirOwnIndex(pattern: String?) async throws {
    let index = try ScratchIndex()
    try await index.writer().sync("bucket", contents)
    let reader = try index.reader()
    var filter = ObjectFilter()
    filter.scopes = pattern.map { [.init(bucketPattern: $0, prefix: Key("a/3"))] } ?? []
    #expect(try reader.top(.largest, count: 3, perBucket: false, filter).count == 3)
    var sized = filter
    sized.sizeMin = 2 << 30
    _ = try reader.totals(by: nil, sized, now: index.now())
    let texts = reader.connection.preparedTexts.filter { $0.contains(" object\nWHERE") }
    #expect(texts.allSatisfy { $0.contains("key = ?2") }, "\(texts)")
    #expect(!reader.connection.preparedTexts.contains { $0.contains("count(*), coalesce") })
  }
}

extension IndexWriter {
  func plans() throws -> [QueryPlanTests.Plan] { try connection.plans() }
}

extension Connection {
  func plans() throws -> [QueryPlanTests.Plan] {
    try preparedTexts.filter { !$0.hasPrefix("EXPLAIN") }.map { sql in
      QueryPlanTests.Plan(
        sql: sql, steps: try all("EXPLAIN QUERY PLAN " + sql) { $0.string(at: 3) })
    }
  }
}
