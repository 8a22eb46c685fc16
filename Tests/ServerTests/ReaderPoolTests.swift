import Foundation
import Index
import IndexFixtures
import Synchronization
import System
import TestSupport
import Testing
import Vocabulary

@testable import Server

@Suite struct ReaderPoolTests {
  private func pool(
    _ path: String, timeout: Duration = .seconds(10)
  ) throws -> ReaderPool {
    var settings = ReaderPool.Settings(path: path, timeout: timeout)
    settings.readers = 2
    return try ReaderPool(settings) { ScratchIndex.start }
  }

  /// What one question is answered.
  private func answer<Result: Sendable>(
    of pool: ReaderPool, _ ask: @escaping @Sendable (IndexReader) throws -> Result
  ) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      do throws(Problem) {
        try pool.ask { reader in
          continuation.resume(returning: try ask(reader))
        } failed: {
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

  /// Holds the only reader until so many of the questions were refused, and tells how all ended.
  private func ask(
    _ count: Int, queueMax: Int, lateMax: Int, patience: Duration, untilRefused refused: Int
  ) async throws -> (answered: Int, refused: Int) {
    let index = try await filled(1)
    var settings = ReaderPool.Settings(path: index.path)
    (settings.queueMax, settings.readers, settings.lateMax) = (queueMax, 1, lateMax)
    settings.patience = patience
    let pool = try ReaderPool(settings) { ScratchIndex.start }
    defer { pool.close() }
    let ends = Mutex((answered: 0, refused: 0))
    let gate = Mutex(false)
    let isTaken = Mutex(false)
    try pool.ask { _ in
      isTaken.withLock { $0 = true }
      while !gate.withLock({ $0 }) { SystemClock.block(for: .milliseconds(5)) }
    } failed: { _ in
    }
    while !isTaken.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(5)) }
    for _ in 0..<count {
      do throws(Problem) {
        try pool.ask { _ in
          ends.withLock { $0.answered += 1 }
        } failed: { _ in
          ends.withLock { $0.refused += 1 }
        }
      } catch {
        #expect(error.kind == .busy && error.retryAfterSeconds == 1)
        ends.withLock { $0.refused += 1 }
      }
    }
    while ends.withLock({ $0.refused }) < refused { try await Task.sleep(for: .milliseconds(5)) }
    gate.withLock { $0 = true }
    while ends.withLock({ $0.answered + $0.refused }) < count {
      try await Task.sleep(for: .milliseconds(5))
    }
    return ends.withLock { $0 }
  }

  @Test func lightQuestionsGoPastHeavyOnes() async throws {
    let index = try await filled(1)
    var settings = ReaderPool.Settings(path: index.path)
    (settings.readers, settings.queueMax) = (4, 64)
    let pool = try ReaderPool(settings) { ScratchIndex.start }
    let gate = Mutex(false)
    let heavy = Mutex((begun: 0, done: 0))
    for _ in 0..<20 {
      try pool.ask(.heavy) { _ in
        heavy.withLock { $0.begun += 1 }
        while !gate.withLock({ $0 }) { SystemClock.block(for: .milliseconds(2)) }
        heavy.withLock { $0.done += 1 }
      } failed: { _ in
      }
    }
    while heavy.withLock({ $0.begun }) < 2 { try await Task.sleep(for: .milliseconds(2)) }
    for _ in 0..<50 { #expect(try await objects(pool) == 1) }
    #expect(heavy.withLock { $0.begun } == 2)
    gate.withLock { $0 = true }
    while heavy.withLock({ $0.done }) < 20 { try await Task.sleep(for: .milliseconds(2)) }
    pool.close()
  }

  @Test func oneHeavyQuestionIsReadAtATimeWhileASyncWrites() async throws {
    let index = try await filled(1)
    let writer = try index.writer()
    try await writer.sync("b", ObjectPage.of([Array("k".utf8)]))
    let written = try #require(FileSystem.status(of: index.path + "-wal")?.modifiedNanoseconds)
    let now = Mutex(Timestamp(millisecondsSinceEpoch: written / 1_000_000 + 100))
    let pool = try ReaderPool(ReaderPool.Settings(path: index.path)) { now.withLock { $0 } }
    defer { pool.close() }
    #expect(try await objects(pool) == 2)
    let gate = Mutex(false)
    let begun = Atomic(0)
    for _ in 0..<4 {
      try pool.ask(.heavy) { _ in
        begun.add(1, ordering: .relaxed)
        while !gate.withLock({ $0 }) { SystemClock.block(for: .milliseconds(2)) }
      } failed: { _ in
      }
    }
    while begun.load(ordering: .relaxed) < 1 { try await Task.sleep(for: .milliseconds(2)) }
    try await Task.sleep(for: .milliseconds(100))
    #expect(begun.load(ordering: .relaxed) == 1)
    now.withLock { $0 = Timestamp(millisecondsSinceEpoch: written / 1_000_000 + 2_000) }
    #expect(try await objects(pool) == 2)
    while begun.load(ordering: .relaxed) < 2 { try await Task.sleep(for: .milliseconds(2)) }
    gate.withLock { $0 = true }
  }

  /// Questions of which each ends when the next has begun, or can be said not to.
  private func askWithoutAPause(_ pool: ReaderPool, until isDone: @escaping @Sendable () -> Bool) {
    let begun = Atomic(0)
    @Sendable func askNext(_ number: Int) {
      try? pool.ask { reader in
        begun.add(1, ordering: .sequentiallyConsistent)
        guard !isDone() else { return }
        askNext(number + 1)
        try reader.inSnapshot {
          _ = try reader.buckets(matching: [])
          for _ in 0..<160 where begun.load(ordering: .sequentiallyConsistent) == number {
            SystemClock.block(for: .milliseconds(5))
          }
          // It goes on for a moment, so that one always reads.
          SystemClock.block(for: .milliseconds(20))
        }
      } failed: { _ in
      }
    }
    askNext(1)
  }

  /// SQLite lets a reader in beside another of its process, whoever waits.
  @Test(.enabled(if: Python.isThere)) func letsInWhoWaitsUntilNobodyReads() async throws {
    let index = try await filled(3)
    let rest = try await index.writer().rest()
    #expect(rest == .plainFile, "no log keeps readers and a writer apart")
    let pool = try pool(index.path)
    let isDone = Atomic(false)
    askWithoutAPause(pool) { isDone.load(ordering: .sequentiallyConsistent) }
    defer {
      isDone.store(true, ordering: .sequentiallyConsistent)
      pool.close()
    }
    try await Task.sleep(for: .milliseconds(200))
    #expect(try OtherWriter.comesIn(to: index.path))
  }

  @Test func refusesWhatFindsNoPlaceInTime() async throws {
    let ends = try await ask(
      8, queueMax: 3, lateMax: 100, patience: .milliseconds(100), untilRefused: 5)
    #expect(ends.answered == 3 && ends.refused == 5)
  }

  @Test func answersWhatHasToWaitForAMoment() async throws {
    let ends = try await ask(8, queueMax: 3, lateMax: 100, patience: .seconds(60), untilRefused: 0)
    #expect(ends.answered == 8 && ends.refused == 0)
  }

  @Test func refusesAtOnceWhereTooManyWaitForAPlace() async throws {
    let ends = try await ask(8, queueMax: 3, lateMax: 2, patience: .seconds(60), untilRefused: 0)
    #expect(ends.answered == 5 && ends.refused == 3)
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
        try reader.queryGuard(timeLimitSeconds: 60).run(endless) { _ in
        } row: { _ in
          true
        }
      }
    }
    #expect(Problem(failure: try #require(error)).kind == .timeout)
    #expect(try await objects(pool) == 1)
  }
}

/// A program that wants a moment without readers, as a sync does that begins.
private enum OtherWriter {
  /// Whether it comes in within some seconds, in each of which it asks to be next.
  static func comesIn(to path: String) throws -> Bool {
    let process = try #require(Python.process(script, path))
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus == 0
  }

  private static let script = """
    import sqlite3, sys
    index = sqlite3.connect(sys.argv[1], timeout=0.5, isolation_level=None)
    for _ in range(10):
        try:
            index.execute("BEGIN EXCLUSIVE")
            sys.exit(0)
        except sqlite3.OperationalError as error:
            if "locked" not in str(error): raise
    sys.exit(1)
    """
}
