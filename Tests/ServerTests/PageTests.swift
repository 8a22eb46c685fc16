import HTTPServing
import Index
import IndexFixtures
import Report
import TestSupport
import Testing
import Vocabulary

@testable import Server

@Suite struct PageTests {
  private func index(_ keys: [[UInt8]]) async throws -> ScratchIndex {
    let index = try ScratchIndex()
    let writer = try index.writer()
    for bucket in ["a", "b"] { try await writer.sync(bucket, ObjectPage.of(keys)) }
    return index
  }

  private static let keys = (0..<50).map { Array("k/\($0)".utf8) }

  @Test(arguments: [1, 2, 7, 49, 50, 51, 99, 100, 101])
  func pagesAreTheWhole(limit: Int) async throws {
    let index = try await index(Self.keys)
    let whole = try rows("find", "fmt=jsonl&limit=10000", of: index)
    var pages = ""
    var next: String?
    var count = 0
    repeat {
      let cursor = next.map { "&cursor=\($0)" } ?? ""
      let page = try page("find", "fmt=jsonl&limit=\(limit)\(cursor)", of: index)
      pages += String(decoding: page.rows, as: UTF8.self)
      next = page.next
      count += 1
    } while next != nil && count <= 200
    #expect(pages == whole)
    #expect(count == (100 + limit - 1) / limit)
  }

  /// Rows that come and go while somebody reads change none of the others.
  @Test func noRowIsMissedOrRepeatedWhileOthersCome() async throws {
    let index = try await index(Self.keys)
    let first = try page("find", "fmt=tsv&limit=30&bucket=a", of: index)
    let cursor = try #require(first.next)
    let writer = try index.writer()
    let others = Self.keys.dropFirst(10) + [Array("k/0000".utf8), Array("a".utf8)]
    try await writer.sync("a", ObjectPage.of(Array(others)))
    let second = try rows("find", "fmt=tsv&limit=10000&bucket=a&cursor=\(cursor)", of: index)
    let seen = String(decoding: first.rows, as: UTF8.self) + second
    for key in Self.keys.dropFirst(10) {
      let text = String(decoding: key, as: UTF8.self)
      #expect(seen.split(separator: "\n").count { $0.split(separator: "\t")[1] == text } == 1)
    }
  }

  /// Every page of a question, one after the other, with something done behind the first.
  private func pages(
    _ route: String, _ query: String, of index: ScratchIndex,
    afterFirst: () async throws -> Void = {}
  ) async throws -> [String] {
    var lines: [String] = []
    var next: String?
    var count = 0
    repeat {
      let cursor = next.map { "&cursor=\($0)" } ?? ""
      let page = try page(route, "fmt=jsonl&\(query)\(cursor)", of: index)
      lines += String(decoding: page.rows, as: UTF8.self).split(separator: "\n").map(String.init)
      next = page.next
      count += 1
      if count == 1 { try await afterFirst() }
    } while next != nil && count <= 1_000
    return lines
  }

  /// Rows of all kinds: names of rows that were not their own would have a page begin at another.
  @Test(arguments: [
    ("buckets", ""), ("totals", "by=bucket"), ("totals", "by=prefix"),
    ("totals", "by=size"),
    ("totals", "by=age"), ("totals", "by=extension"), ("du", "depth=2"),
    ("du", "depth=2&sort=-bytes"),
    ("findings", ""), ("findings", "sort=severity"), ("history", "by=bucket"),
    ("history", "by=prefix"),
    ("growth", "by=bucket"), ("growth", "by=prefix"), ("changes", ""), ("changes", "by=prefix"),
    ("histogram", "of=size"), ("duplicates", ""), ("duplicates", "list=true"),
    ("small", "by=prefix"),
    ("cost", "by=class"), ("syncs", ""), ("top", "number=70"), ("reconcile", ""),
  ])
  func pagesOfEveryAnswerAreTheWhole(route: String, query: String) async throws {
    let index = try await nights()
    let whole = try await pages(route, "\(query)&limit=10000", of: index)
    for limit in [1, 3] {
      #expect(try await pages(route, "\(query)&limit=\(limit)", of: index) == whole)
    }
    #expect(whole.count > 1)
  }

  /// Objects of several sizes, classes and ends of names, some of them with the content of others.
  private static func objects(_ count: Int, from first: Int = 0) -> Contents {
    let objects = (first..<first + count).map { number in
      let path = "\(number % 7)/\(number).\(["x", "y", "gz"][number % 3])"
      let object = ModelObject(
        size: Int64(1) << Int64(number * 3 % 40),
        lastModified: ScratchIndex.start.earlier(days: Int64(number * number)),
        etag: "\(number % 4)",
        storageClass: ["STANDARD", "GLACIER"][number % 2])
      return (Key(path), object)
    }
    return Contents(uniqueKeysWithValues: objects)
  }

  /// Two nights of three buckets, in which objects came, went and changed.
  private func nights() async throws -> ScratchIndex {
    let index = try ScratchIndex()
    let writer = try index.writer()
    for night in 0..<2 {
      for bucket in ["a", "b", "c"] { try await writer.sync(bucket, Self.objects(9, from: night)) }
      index.time.advance(milliseconds: 86_400_000)
    }
    return index
  }

  /// What was there throughout comes once, whatever came before the row that a page begins behind.
  @Test(arguments: [
    ("changes", ""), ("du", "depth=1"), ("buckets", ""), ("history", "by=bucket"), ("syncs", ""),
  ])
  func noRowIsMissedOrRepeatedWhileASyncWrites(route: String, query: String) async throws {
    let index = try await nights()
    let before = try names(await pages(route, query, of: index))
    let seen = try names(
      await pages(route, "\(query)&limit=2", of: index) {
        let writer = try index.writer()
        for bucket in ["0", "a", "aa"] { try await writer.sync(bucket, Self.objects(20)) }
      })
    #expect(seen.count == Set(seen).count)
    #expect(Set(before).subtracting(seen).isEmpty)
  }

  /// A row without what a sync may change in it.
  private func names(_ lines: [String]) throws -> [String] {
    try lines.map { line in
      let row = try #require(JSONValue(parsing: Array(line.utf8)))
      return ["sync", "at", "bucket", "prefix", "key", "storage_class", "change"]
        .map { String(decoding: (row[$0] ?? .null).encoded(), as: UTF8.self) }.joined(
          separator: " ")
    }
  }

  /// Who pages through an order that a sync changes is told so, and what to do.
  @Test(arguments: [("du", "depth=1&sort=-objects"), ("duplicates", ""), ("top", "smallest=true")])
  func anOrderThatHasChangedIsGone(route: String, query: String) async throws {
    let index = try await nights()
    let failure = await #expect(throws: RowWindow.Changed.self) {
      try await pages(route, "\(query)&limit=2", of: index) {
        try await index.writer().sync("a", Self.objects(60, from: 3))
      }
    }
    let problem = Problem(failure: try #require(failure))
    #expect(problem.kind.status == 410 && problem.detail.contains("without a cursor"))
  }

  @Test func smallAnswersAreCutByRows() async throws {
    let index = try await index([Array("x".utf8)])
    let first = try page("buckets", "fmt=csv&limit=1", of: index)
    #expect(String(decoding: first.rows, as: UTF8.self).split(separator: "\n").count == 2)
    let cursor = try #require(first.next)
    let second = try page("buckets", "fmt=csv&limit=1&cursor=\(cursor)", of: index)
    #expect(String(decoding: second.rows, as: UTF8.self).contains("\nb,"))
    #expect(second.next == nil)
  }

  @Test func keysThatAreNoTextCanBeAskedFor() async throws {
    let index = try await index([[0x66, 0xFF, 0x2F], Array("é".utf8)])
    let all = try rows("find", "bucket=a", of: index)
    #expect(all.contains("\"key_encoded\":\"f%FF%2F\""))
    #expect(all.components(of: "key_encoded") == 1)
    let one = try rows("find", "bucket=a&key_encoded=f%25FF%252F&fmt=csv", of: index)
    #expect(one.split(separator: "\n").count == 2)
    let below = try rows("du", "bucket=a&prefix_encoded=f%25FF&depth=0", of: index)
    #expect(below.contains("\"objects\":1") && below.contains("\"prefix_encoded\":\"f%FF\""))
  }

  @Test func answersAreWhatTheyAreBelievedToBe() async throws {
    let index = try await index(Self.keys)
    let page = try page("totals", "", of: index)
    #expect(page.freshness.state == .complete)
    #expect(page.incomplete.isEmpty)
    let answer = page.answer(to: try question("totals", ""), path: "/api/v1/totals")
    let json = try #require(JSONValue(parsing: answer.body))
    #expect(json["rows"]?.elements?.first?["objects"]?.integer == 100)
    #expect(json["state"]?.string == "complete")
    #expect(json["next"] == .null)
  }

  @Test func theStatusTellsHowDeepHistoryGoes() async throws {
    let index = try await index(Self.keys)
    #expect(try rows("status", "", of: index).contains("\"history_depth\":2"))
    try index.execute("UPDATE setting SET value = 'deep' WHERE name = 'history_depth'")
    #expect(try rows("status", "", of: index).contains("\"history_depth\":null"))
  }

  /// What is to be known of an answer stands on each of its pages, also where the rows end early.
  @Test(arguments: [
    ("cost", "by=bucket"), ("cost", "by=state"), ("duplicates", "list=true"),
    ("history", "by=bucket"), ("growth", "by=bucket"), ("small", "by=bucket"),
  ])
  func remarksOfACutPageAreThoseOfTheWhole(route: String, query: String) async throws {
    let index = try await index(Self.keys)
    try index.execute("UPDATE bucket SET state = 'partial' WHERE name = 'b'")
    let whole = try page(route, query, of: index)
    let cut = try page(route, query + "&limit=1", of: index)
    #expect(whole.next == nil && cut.next != nil)
    #expect(whole.notes == cut.notes)
    if route == "cost" { #expect(!cut.notes.isEmpty) }
  }

  @Test(arguments: [("changes", "sort=key", "sort"), ("changes", "depth=2", "depth")])
  func aQuestionThatContradictsItselfNamesTheParameter(
    route: String, query: String, parameter: String
  ) async throws {
    let index = try await index(Self.keys)
    do {
      _ = try page(route, query, of: index)
      Issue.record("it has an answer")
    } catch {
      #expect(Problem(failure: error).parameter == parameter)
    }
  }

  @Test func refusesMoreGroupsThanItHolds() async throws {
    let index = try await index((0..<30).map { Array("\($0)/x".utf8) })
    for most in [Groups(count: 20, nameBytes: .max), Groups(count: .max, nameBytes: 50)] {
      let reader = try IndexReader(path: index.path, now: index.now(), groupsMax: most)
      for (route, query) in [
        ("du", "bucket=a&depth=64"), ("du", "bucket=a&depth=1"), ("totals", "by=prefix"),
        ("totals", "by=prefix&key=*x"), ("small", "by=prefix"),
      ] {
        #expect(throws: TooManyGroups.self, "\(route)?\(query), \(most)") {
          try AnswerPage.of(try question(route, query), from: reader, now: index.now())
        }
      }
    }
    for excess in [TooManyGroups.Excess.count(most: 20), .nameBytes(most: 50)] {
      let problem = Problem(failure: TooManyGroups(excess))
      #expect(problem.kind == .badRequest && problem.detail.contains("fewer levels"))
    }
  }
}

extension String {
  fileprivate func components(of text: String) -> Int { ranges(of: text).count }
}

extension Timestamp {
  fileprivate func earlier(days: Int64) -> Timestamp {
    Timestamp(millisecondsSinceEpoch: millisecondsSinceEpoch - days * 86_400_000)
  }
}
