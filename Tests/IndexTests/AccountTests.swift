import IndexFixtures
import Migrations
import SQLite
import TestSupport
import Testing
import Vocabulary

@testable import Index

/// Which accounts there are, which rows turn out to be one, and whose a bucket is.
@Suite struct AccountTests {
  private static let number = "111122223333"

  /// The accounts as `endpoint owner number profile`, a dash for what is not known.
  private func accounts(_ index: ScratchIndex) throws -> [String] {
    try index.texts(
      """
      SELECT endpoint || ' ' || coalesce(owner, '-') || ' ' || coalesce(number, '-') || ' '
        || coalesce(profile, '-')
      FROM account ORDER BY 1
      """)
  }

  private func buckets(_ index: ScratchIndex) throws -> [String] {
    try index.texts("SELECT bucket || ' ' || coalesce(account, '-') FROM buckets ORDER BY 1")
  }

  // MARK: - Rows

  /// What becomes known of one account, one after the other, and the row that is left.
  @Test(
    arguments: [
      ([("o", nil, "a"), ("o", number, nil)], " o 111122223333 a"),
      ([(nil, number, "a"), ("o", number, "b")], " o 111122223333 b"),
      ([("o", nil, nil), ("o", nil, "a"), ("o", nil, nil)], " o - a"),
      ([("o", nil, "a"), (nil, number, "b"), ("o", number, nil)], " o 111122223333 b"),
      ([(nil, number, "b"), ("o", nil, "a"), ("o", number, "c")], " o 111122223333 c"),
      ([("o", number, nil), ("o", nil, "a"), (nil, number, nil)], " o 111122223333 a"),
      ([("before", number, nil), ("after", number, nil)], " after 111122223333 -"),
    ] as [([(String?, String?, String?)], String)])
  func accountIsKnownAgain(
    known: [(owner: String?, number: String?, profile: String?)], row: String
  ) async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    for (owner, number, profile) in known {
      let account = AccountIdentity(owner: owner, number: number, profile: profile)
      try await writer.record(account, at: "")
    }
    try await writer.commit()
    #expect(try accounts(index) == [row])
  }

  @Test func accountOfWhichNothingIsKnownIsNone() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    #expect(try await writer.record(AccountIdentity(profile: "a"), at: "") == nil)
    #expect(try accounts(index) == [])
  }

  @Test func rowsThatAreOneAccountKeepTheBucketsOfBoth() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.sync("listed", [:], owner: AccountIdentity(owner: "o"))
    try await writer.sync("read", [:])
    try await writer.settle(
      AccountIdentity(number: Self.number), at: "", owned: [], read: ["read"])
    #expect(try buckets(index) == ["listed o", "read \(Self.number)"])
    try await writer.settle(
      AccountIdentity(owner: "o", number: Self.number), at: "", owned: ["listed"], read: [])
    #expect(try buckets(index) == ["listed \(Self.number)", "read \(Self.number)"])
    #expect(try accounts(index) == [" o \(Self.number) -"])
  }

  @Test func ownersOfTwoServersAreTwoAccounts() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    for (endpoint, profile) in [("http://a", "one"), ("http://b", "two")] {
      try await writer.sync(
        "logs", [:], endpoint: endpoint, owner: AccountIdentity(owner: "o", profile: profile))
    }
    #expect(try accounts(index) == ["http://a o - one", "http://b o - two"])
    #expect(
      try index.texts("SELECT endpoint || ' ' || profile || ' ' || buckets FROM accounts")
        == ["http://a one 1", "http://b two 1"])
  }

  /// Moto names one owner for all of its accounts.
  @Test func accountsThatShareAnOwnerAreToldApartByNumberAndProfile() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    for _ in 0..<2 {
      for (profile, number) in [("a", "111111111111"), ("b", "222222222222")] {
        let bucket = "bucket-\(profile)"
        try await writer.sync(bucket, [:], owner: AccountIdentity(owner: "o", profile: profile))
        try await writer.settle(
          AccountIdentity(owner: "o", number: number, profile: profile), at: "", owned: [bucket],
          read: [])
      }
      #expect(try buckets(index) == ["bucket-a 111111111111", "bucket-b 222222222222"])
      #expect(try accounts(index) == [" o 111111111111 a", " o 222222222222 b"])
    }
  }

  // MARK: - Buckets

  @Test func bucketIsOfTheReaderUntilAListNamesIt() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let reader = AccountIdentity(number: Self.number, profile: "reader")
    try await writer.sync("shared", [:])
    #expect(try buckets(index) == ["shared -"])
    try await writer.settle(reader, at: "", owned: [], read: ["shared"])
    #expect(try buckets(index) == ["shared \(Self.number)"])
    try await writer.sync("shared", [:], owner: AccountIdentity(owner: "o"))
    #expect(try buckets(index) == ["shared o"])
    // Whoever reads it afterwards.
    try await writer.sync("shared", [:])
    try await writer.settle(reader, at: "", owned: [], read: ["shared"])
    #expect(try buckets(index) == ["shared o"])
  }

  @Test func bucketThatTwoListsNameIsTheLastOnes() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.sync("sold", [:], owner: AccountIdentity(owner: "before"))
    try await writer.sync("sold", [:], owner: AccountIdentity(owner: "after"))
    #expect(try buckets(index) == ["sold after"])
  }

  @Test func listThatNamesNoOwnerTakesNoAccountAway() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.sync("logs", [:], owner: AccountIdentity(owner: "o"))
    try await writer.sync("logs", [:], owner: AccountIdentity(profile: "a"))
    try await writer.settle(AccountIdentity(profile: "a"), at: "", owned: ["logs"], read: [])
    #expect(try buckets(index) == ["logs o"])
  }

  @Test func namesTheBucketsOfOneAccount() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.sync("mine", [:], owner: AccountIdentity(owner: "o"))
    try await writer.sync("nobodys", [:])
    let id = try await writer.record(AccountIdentity(owner: "o"), at: "")
    #expect(try await writer.bucketNames(at: "", of: id) == ["mine"])
    #expect(try await writer.bucketNames(at: "") == ["nobodys"])
    #expect(try await writer.bucketNames(at: "http://other", of: id) == [])
  }

  // MARK: - Queries

  private func indexOfTwo() async throws -> ScratchIndex {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let one: Contents = [Key("k"): ModelObject(size: 10)]
    try await writer.sync(
      "logs", one, owner: AccountIdentity(owner: "me", number: Self.number, profile: "prod"))
    try await writer.sync("media", one, owner: AccountIdentity(owner: "other", profile: "dev"))
    try await writer.sync("public", one)
    return index
  }

  @Test(arguments: [
    (["prod"], ["logs"]), (["1111*"], ["logs"]), (["me", "dev"], ["logs", "media"]),
    (["*"], ["logs", "media", "public"]), ([""], ["public"]),
    (["", "other"], ["media", "public"]),
  ])
  func filtersByNumberOwnerOrProfile(patterns: [String], names: [String]) async throws {
    let index = try await indexOfTwo()
    let reader = try index.reader()
    #expect(try reader.buckets(matching: [], ofAccounts: patterns).map(\.name) == names)
    var filter = ObjectFilter()
    filter.accounts = patterns
    let totals = try reader.totals(by: nil, filter, now: index.now())
    #expect(totals.map(\.usage.objects) == [Int64(names.count)])
    #expect(
      try reader.top(.smallest, count: 9, perBucket: false, filter).map(\.bucket).sorted() == names)
  }

  @Test func groupsByAccountAndProfile() async throws {
    let index = try await indexOfTwo()
    let rows = try index.reader().totals(by: .account, ObjectFilter(), now: index.now())
    #expect(
      rows.map { $0.group.map(\.text) } == [["", ""], [Self.number, "prod"], ["other", "dev"]])
    #expect(rows.map(\.usage) == [Usage](repeating: Usage(objects: 1, bytes: 10), count: 3))
  }

  /// Two servers that name the same owner, reached with the same profile, and a bucket of one name.
  private func indexOfTwoServers() async throws -> ScratchIndex {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let account = AccountIdentity(owner: "o", profile: "p")
    for (endpoint, keys) in [("http://a", 1), ("http://[::1]:9000", 2)] {
      let contents = Contents(
        uniqueKeysWithValues: (0..<keys).map { (Key("d/\($0)"), ModelObject(size: 10)) })
      try await writer.sync("logs", contents, endpoint: endpoint, owner: account)
      try await writer.sync("named", [:], endpoint: endpoint)
    }
    return index
  }

  @Test func accountsOfTwoServersAreNeverOneRow() async throws {
    let index = try await indexOfTwoServers()
    let reader = try index.reader()
    let rows = try reader.totals(by: .account, ObjectFilter(), now: index.now())
    #expect(
      rows.map { "\($0.group.map(\.text)) \($0.origin?.endpoint ?? "-") \($0.usage.objects)" } == [
        #"["", ""] http://[::1]:9000 0"#, #"["", ""] http://a 0"#,
        #"["o", "p"] http://[::1]:9000 2"#, #"["o", "p"] http://a 1"#,
      ])
    #expect(try reader.originCounts() == (true, true))
  }

  @Test func everyRowOfABucketSaysWhereThatIs() async throws {
    let index = try await indexOfTwoServers()
    let reader = try index.reader()
    var filter = ObjectFilter()
    filter.scopes = [.init(bucketPattern: "logs")]
    let origins = ["http://[::1]:9000", "http://a"].map {
      BucketOrigin(account: "o", endpoint: $0)
    }
    for grouping in [Grouping.bucket, .prefix] {
      let rows = try reader.totals(by: grouping, filter, now: index.now())
      #expect(rows.map(\.origin) == origins)
    }
    #expect(try reader.prefixUsage(filter, depth: 0).map(\.origin) == origins)
    let top = try reader.top(.largest, count: 1, perBucket: true, filter)
    #expect(top.map(\.origin) == origins)
    var found: [BucketOrigin] = []
    try reader.find(filter, limit: nil) { bucket, _, _, _ in
      found.append(bucket.origin)
      return true
    }
    #expect(found == [origins[0], origins[0], origins[1]])
    #expect(
      try reader.totals(by: .class, filter, now: index.now()).map(\.origin) == [nil])
  }

  @Test(arguments: [
    ("http://a", ["http://a"]), ("http://[::1]:9000", ["http://[::1]:9000"]),
    ("*9000", ["http://[::1]:9000"]), ("p", ["http://[::1]:9000", "http://a"]),
  ])
  func filtersByServer(pattern: String, endpoints: [String]) async throws {
    let index = try await indexOfTwoServers()
    let logs = [ObjectFilter.Scope(bucketPattern: "logs")]
    let found = try index.reader().buckets(matching: logs, ofAccounts: [pattern])
    #expect(found.map(\.endpoint) == endpoints)
  }

  @Test func oneAccountNeedsNoColumn() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    #expect(try index.reader().originCounts() == (false, false))
    for name in ["a", "b"] {
      try await writer.sync(name, [:], owner: AccountIdentity(owner: "o"))
    }
    #expect(try index.reader().originCounts() == (false, false))
    try await writer.sync("c", [:])
    #expect(try index.reader().originCounts() == (true, false))
  }

  @Test func accountIsFoundByEveryProfileThatLeadsToIt() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    func settle(_ number: String, _ profile: String, at endpoint: String = "") async throws {
      let account = AccountIdentity(number: number, profile: profile)
      try await writer.sync("b\(number)", [:], endpoint: endpoint, owner: account)
    }
    func buckets(of profile: String) throws -> [String] {
      try index.reader().buckets(matching: [], ofAccounts: [profile]).map(\.name)
    }
    try await settle("1", "a")
    try await settle("1", "a2")
    try await settle("2", "a", at: "http://other")
    #expect(try buckets(of: "a2") == ["b1"])
    #expect(try buckets(of: "a") == ["b1", "b2"])
    // It leads elsewhere now, on this server.
    try await settle("3", "a")
    #expect(try buckets(of: "a") == ["b2", "b3"])
    #expect(try buckets(of: "a2") == ["b1"])
  }

  @Test func namesTheAccountsThatItKnowsWhenNoneMatches() async throws {
    let index = try await indexOfTwo()
    let error = IndexError.noAccount(
      pattern: "test", known: ["\(Self.number) (prod)", "other (dev)"])
    #expect(throws: error) {
      _ = try index.reader().buckets(matching: [], ofAccounts: ["prod", "test"])
    }
    #expect(error.description == "no account in the index matches 'test'")
    let servers = try await indexOfTwoServers()
    #expect(
      throws: IndexError.noAccount(
        pattern: "x", known: ["o (p) at http://a", "o (p) at http://[::1]:9000"])
    ) {
      _ = try servers.reader().buckets(matching: [], ofAccounts: ["x"])
    }
  }

  @Test func bucketOfAnotherAccountIsNoMatch() async throws {
    let index = try await indexOfTwo()
    let error = IndexError.noBucket(pattern: "media", known: ["logs"], ofAccounts: true)
    #expect(throws: error) {
      _ = try index.reader().buckets(
        matching: [.init(bucketPattern: "media")], ofAccounts: ["prod"])
    }
    #expect(error.description == "no bucket of these accounts matches 'media'")
  }

  // MARK: - Views and upgrades

  /// A statement that asks for no account, and the steps of its plan.
  @Test(arguments: [
    "SELECT bucket, key, size, last_modified, etag, storage_class FROM objects",
    "SELECT key FROM objects WHERE bucket = 'b' AND key >= 'a' AND key < 'b'",
    "SELECT count(*), sum(size) FROM objects", "SELECT bucket, bytes FROM bucket_classes",
    "SELECT bucket, prefix, bytes FROM prefixes WHERE depth = 1",
    "SELECT sync, at, bucket, key, change, size_before, size_after FROM changes",
    "SELECT at, bucket, storage_class, objects, bytes FROM history",
    "SELECT endpoint, bucket, count(*), sum(size) FROM objects GROUP BY 1, 2",
  ])
  func viewsAskNoAccountThatIsNotWanted(sql: String) async throws {
    let index = try await indexOfTwo()
    let plan = try index.connection().all("EXPLAIN QUERY PLAN " + sql) { $0.string(at: 3) }
    #expect(!plan.contains { $0.contains(" account ") || $0.hasSuffix(" account") }, "\(plan)")
  }

  @Test(arguments: ["key", "*"])
  func keysOfABucketAreFoundByTheirKeyThroughTheView(columns: String) async throws {
    let index = try await indexOfTwo()
    let plan = try index.connection().all(
      "EXPLAIN QUERY PLAN SELECT \(columns) FROM objects WHERE bucket = 'logs' AND key >= 'a'"
    ) { $0.string(at: 3) }
    #expect(plan.contains("SEARCH object USING PRIMARY KEY (bucket_id=? AND key>?)"), "\(plan)")
  }

  @Test func upgradeGivesEachServerItsAccounts() throws {
    let index = try ScratchIndex()
    do {
      let connection = try IndexFile.openForWriting(
        path: index.path, now: index.now(), migrations: Array(migrations.prefix(5)), views: nil)
      try connection.execute(
        script: """
          INSERT INTO account (owner) VALUES ('o'), ('unused');
          INSERT INTO bucket (account_id, endpoint, name, region) VALUES
            (1, '', 'a', 'eu-west-1'), (1, 'http://x', 'a', 'cn-north-1'), (NULL, '', 'named', NULL),
            (1, '', 'china', 'cn-north-1'), (NULL, '', 'gov', 'us-gov-west-1');
          """)
    }
    _ = try index.writer()
    #expect(
      try index.texts(
        """
        SELECT bucket.endpoint || ' ' || name || ' ' || account_is_owner || ' '
          || coalesce(account.endpoint || '/' || owner, '-')
        FROM bucket LEFT JOIN account ON account.id = account_id ORDER BY bucket.id
        """) == [
          " a 1 /o", "http://x a 1 http://x/o", " named 0 -", "aws-cn china 1 aws-cn/o",
          "aws-us-gov gov 0 -",
        ])
    #expect(try index.texts("SELECT name FROM sqlite_schema WHERE name = 'bucket_owner'") == [])
  }
}
