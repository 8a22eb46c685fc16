import Index
import IndexFixtures
import Synchronization
import Testing
import Vocabulary

@testable import Server

@Suite struct ReaderPoolTests {
  private func pool(
    _ path: String, queueMax: Int = 64, readers: Int = 2, timeout: Duration = .seconds(10)
  ) throws -> ReaderPool {
    var settings = ReaderPool.Settings(path: path, timeout: timeout)
    (settings.queueMax, settings.readers) = (queueMax, readers)
    return try ReaderPool(settings) { ScratchIndex.start }
  }

  /// What one question is answered.
  private func answer<Result: Sendable>(
    of pool: ReaderPool, _ ask: @escaping @Sendable (IndexReader) throws -> Result
  ) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      do throws(Problem) {
        try pool.ask { reader in continuation.resume(returning: try ask(reader)) } failed: {
          continuation.resume(throwing: $0)
        }
      } catch { continuation.resume(throwing: error) }
    }
  }

  private func objects(_ pool: ReaderPool) async throws -> Int64 {
    try await answer(of: pool) { reader in
      try reader.inSnapshot { try reader.buckets(matching: []).map(\.objects).reduce(0, +) }
    }
  }

  private func filled(_ count: Int) async throws -> ScratchIndex {
    let index = try ScratchIndex()
    try await fill(index, count)
    return index
  }

  private func fill(_ index: ScratchIndex, _ count: Int) async throws {
    let writer = try index.writer()
    try await writer.sync("a", ObjectPage.of((0..<count).map { Array("\($0)".utf8) }))
  }

  @Test func seesWhatIsWritten() async throws {
    let index = try await filled(3)
    let pool = try pool(index.path)
    defer { pool.close() }
    #expect(try await objects(pool) == 3)
    try await fill(index, 5)
    #expect(try await objects(pool) == 5)
  }

  @Test func findsAnIndexThatComes() async throws {
    let index = try ScratchIndex()
    let pool = try pool(index.path)
    defer { pool.close() }
    await #expect(throws: IndexError.missing(path: index.path)) { try await objects(pool) }
    try await fill(index, 2)
    #expect(try await objects(pool) == 2)
  }

  @Test func refusesWhatCannotWait() async throws {
    let index = try await filled(1)
    let pool = try pool(index.path, queueMax: 1, readers: 1)
    defer { pool.close() }
    let gate = Mutex(0)
    try gate.withLock { _ in
      try pool.ask { _ in gate.withLock { $0 += 1 } } failed: { _ in }
      // The first may be taken already, or wait in its turn; two more are one too many.
      var refused = 0
      for _ in 0..<3 {
        do throws(Problem) { try pool.ask { _ in gate.withLock { $0 += 1 } } failed: { _ in } } catch {
          #expect(error.kind == .busy && error.retryAfterSeconds == 1)
          refused += 1
        }
      }
      #expect((1...2).contains(refused))
    }
  }

  @Test func endsWhatTakesTooLong() async throws {
    let index = try await filled(1)
    let pool = try pool(index.path, timeout: .milliseconds(50))
    defer { pool.close() }
    let endless = """
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n
      """
    let error = await #expect(throws: (any Error).self) {
      try await answer(of: pool) { reader in
        try reader.queryGuard(timeLimitSeconds: 60).run(endless) { _ in } row: { _ in true }
      }
    }
    #expect(Problem(failure: try #require(error)).kind == .timeout)
    #expect(try await objects(pool) == 1)
  }
}
