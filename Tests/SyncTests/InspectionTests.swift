import AWS
import Crawl
import Index
import IndexFixtures
import S3
import Sync
import Synchronization
import TestSupport
import Testing
import Vocabulary

/// The properties of buckets, as a sync reads them.
@Suite struct InspectionTests {
  private static let listing =
    "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"

  private static func errorAnswer(_ code: String, _ status: String) -> String {
    TestSupport.answer("<Error><Code>\(code)</Code></Error>", status: status)
  }

  /// A server with one bucket, whose answers to questions about properties a test makes.
  private func server(
    list: String? = nil, _ property: @escaping @Sendable (_ subresource: String) -> String
  ) throws -> LoopbackServer {
    try LoopbackServer(answering: { request in
      if request.method == "HEAD" { return TestSupport.answer("") }
      let query = request.target.split(separator: "?").last.map(String.init) ?? ""
      if query.contains("list-type=2") { return list ?? TestSupport.answer(Self.listing) }
      if query.hasPrefix("location") { return TestSupport.answer("<LocationConstraint/>") }
      return property(String(query.prefix { $0 != "=" }))
    })
  }

  private func sync(
    _ index: ScratchIndex, _ server: LoopbackServer, _ targets: [SyncTarget]? = nil,
    change: (inout SyncOptions) -> Void = { _ in }
  ) async throws -> SyncSummary {
    try await index.sync(
      server.origin, targets ?? [.bucket("logs", prefix: .start)], Connecting(attemptsMax: 1)
    ) {
      $0.readsProperties = true
      change(&$0)
    }
  }

  private func properties(_ index: ScratchIndex) throws -> BucketProperties {
    let reader = try IndexReader(path: index.path, now: index.now())
    return try reader.properties().first?.value ?? [:]
  }

  @Test(arguments: [1, 64])
  func recordsEachPropertyOfABucket(concurrency: Int) async throws {
    let server = try server { subresource in
      switch subresource {
      case "versioning":
        TestSupport.answer(
          "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")
      case "acl": Self.errorAnswer("AccessDenied", "403 Forbidden")
      case "tagging": Self.errorAnswer("NoSuchTagSet", "404 Not Found")
      case "logging": Self.errorAnswer("InternalError", "500 Internal Server Error")
      default: TestSupport.answer(Self.listing)
      }
    }
    defer { server.stop() }
    let index = try ScratchIndex.ticking()
    let summary = try await sync(index, server) { $0.concurrency = concurrency }
    #expect(summary.state == .complete)
    #expect(summary.requests == Int64(server.requests.count))
    let states = try properties(index).mapValues(\.state)
    #expect(states.count == BucketProperty.Name.allCases.count)
    #expect(states[.versioning] == .set && states[.acl] == .denied && states[.tags] == .absent)
    #expect(states[.logging] == .failed && states[.encryption] == .unsupported)
    #expect(try properties(index)[.acl]?.error?.contains("AccessDenied") == true)
  }

  @Test func readsThemWhereListingIsDenied() async throws {
    let server = try server(list: Self.errorAnswer("AccessDenied", "403 Forbidden")) { _ in
      Self.errorAnswer("NoSuchTagSet", "404 Not Found")
    }
    defer { server.stop() }
    let index = try ScratchIndex.ticking()
    let summary = try await sync(index, server)
    #expect(summary.state == .partial)
    #expect(try index.states() == ["logs": .denied])
    #expect(try properties(index).count == 11)
    #expect(try properties(index).values.allSatisfy { $0.state == .absent })
  }

  @Test func asksOncePerBucketAndSync() async throws {
    let server = try server { _ in Self.errorAnswer("AccessDenied", "403 Forbidden") }
    defer { server.stop() }
    let index = try ScratchIndex.ticking()
    _ = try await sync(
      index, server, ["a/", "b/", "c/"].map { .bucket("logs", prefix: Key($0)) }
    ) { $0.concurrency = 8 }
    let asked = server.requests.map(\.target).filter { $0.hasSuffix("=") }
    #expect(asked.count { $0 == "/logs?acl=" } == 1)
    #expect(Set(asked).isSuperset(of: ["/logs?versioning=", "/logs?intelligent-tiering="]))
  }

  @Test func leavesThemAloneWhenTheyAreNotWanted() async throws {
    let server = try server { _ in Self.errorAnswer("NoSuchTagSet", "404 Not Found") }
    defer { server.stop() }
    let index = try ScratchIndex.ticking()
    _ = try await sync(index, server)
    let count = server.requests.count
    _ = try await sync(index, server) { $0.readsProperties = false }
    #expect(server.requests.count == count + 1)
    #expect(try properties(index).count == 11, "what was known stays")
  }

  @Test func asksNoFurtherWhereNobodyAnswers() async throws {
    let server = try LoopbackServer { connection in
      while let request = connection.readRequest() {
        guard
          request.target.contains("list-type=2") || request.method == "HEAD"
            || request.target.contains("location")
        else { return }
        connection.send(
          TestSupport.answer(request.method == "HEAD" ? "" : Self.listing))
      }
    }
    defer { server.stop() }
    let index = try ScratchIndex.ticking()
    let summary = try await sync(index, server)
    #expect(summary.state == .complete)
    let asked = server.requests.filter { $0.target.contains("versioning") }
    #expect(asked.count >= 1)
    #expect(!server.requests.contains { $0.target.contains("acl") })
    #expect(try properties(index).values.allSatisfy { $0.state == .failed })
    #expect(try properties(index).count == 11)
  }

  @Test func keepsWhatIsKnownOfABucketThatIsGone() async throws {
    let isGone = Mutex(false)
    let gone = Self.errorAnswer("NoSuchBucket", "404 Not Found")
    let server = try LoopbackServer(answering: { request in
      if isGone.withLock({ $0 }) { return gone }
      if request.method == "HEAD" { return TestSupport.answer("") }
      return TestSupport.answer(Self.listing)
    })
    defer { server.stop() }
    let index = try ScratchIndex.ticking()
    _ = try await sync(index, server)
    isGone.withLock { $0 = true }
    _ = try await sync(index, server)
    #expect(try index.states() == ["logs": .partial])
    #expect(try properties(index).values.allSatisfy { $0.state == .unsupported })
  }
}
