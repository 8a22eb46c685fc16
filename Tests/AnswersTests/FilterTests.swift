import Arguments
import Index
import Testing
import Vocabulary

@testable import Answers

@Suite struct FilterTests {
  @Test func readsAFilter() throws {
    let find = try typed(
      Find.self, "logs-*", "s3://media/a/", "-k", "*.gz", "-p", "x/", "--min-size", "1KiB",
      "--max-size", "2KB", "--since", "2026-01-02", "--older-than", "2d", "--class", "glacier",
      "-n", "5")
    let filter = find.filter.typed
    #expect(
      filter.scopes == [
        .init(bucketPattern: "logs-*"), .init(bucketPattern: "media", prefix: Key("a/")),
      ])
    #expect(filter.keyGlob == "*.gz")
    #expect(filter.prefix == Key("x/"))
    #expect(filter.sizeMin == 1_024)
    #expect(filter.sizeMax == 2_000)
    #expect(filter.storageClasses == ["glacier"])
    #expect(find.filter.since == [.at(.init(year: 2026, month: 1, day: 2))])
    #expect(find.filter.before == [.ago(milliseconds: 172_800_000)])
    #expect(find.limit == 5)
  }

  @Test func bucketsOfTheFilterAreAmongTheArguments() throws {
    func scopes(_ words: String...) throws -> [String] {
      try typed(Find.self, words).filter.objects(now: now).scopes.map { scope in
        let other = scope.otherPattern.map { " & \($0)" } ?? ""
        return "\(scope.bucketPattern)\(other) \(scope.prefix.text)"
      }
    }
    #expect(try scopes("x?", "--bucket", "logs-5") == ["x? & logs-5 "])
    #expect(try scopes("-b", "x?", "-b", "logs-5") == ["x? ", "logs-5 "])
    #expect(
      try scopes("s3://a/k/", "b", "-b", "x*", "-b", "s3://y/k/l/")
        == ["a & x* k/", "a & y k/l/", "b & x* ", "b & y k/l/"])
    #expect(throws: UsageError.self) { try scopes("s3://a/k/", "-b", "s3://a/l/") }
  }

  private let now = Timestamp(year: 2026, month: 1, day: 10)

  @Test func theTightestTimesCount() throws {
    let find = try typed(
      Find.self, "--since", "2026-01-02", "--newer-than", "3d", "--before", "2026-01-09",
      "--older-than", "2d")
    let filter = try find.filter.objects(now: now)
    #expect(filter.modifiedFrom == Timestamp(year: 2026, month: 1, day: 7))
    #expect(filter.modifiedBefore == Timestamp(year: 2026, month: 1, day: 8))
  }

  @Test(
    arguments: [
      (
        ["--min-size", "5", "--max-size", "3"],
        "No object is at least 5 and at most 3 bytes large.", "max-size"
      ),
      (
        ["--since", "2026-01-02", "--before", "2026-01-02"],
        "No time is since 2026-01-02T00:00:00Z and before 2026-01-02T00:00:00Z.", "before"
      ),
    ])
  func refusesWhatNoObjectPasses(arguments: [String], message: String, option: String) throws {
    let find = try typed(Find.self, arguments)
    #expect(throws: UsageError(message, blaming: option)) { try find.filter.objects(now: now) }
  }
}
