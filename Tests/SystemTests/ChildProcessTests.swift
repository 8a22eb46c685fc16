import Foundation
import System
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct ChildProcessTests {
  private func run(
    _ script: String, environment: [String: String] = [:], outputBytesMax: Int = 1 << 20
  ) async throws -> ChildProcess.Outcome {
    try await ChildProcess.run(
      ["/bin/sh", "-c", script], environment: environment, outputBytesMax: outputBytesMax)
  }

  @Test func givesWhatTheProgramPrintsWithItsStatus() async throws {
    let outcome = try await run("echo \"$GREETING\"; exit 3", environment: ["GREETING": "a b"])
    #expect(outcome.output == Array("a b\n".utf8))
    #expect(outcome.ending == .exit(status: 3))
  }

  @Test func saysWhichSignalEndedIt() async throws {
    #expect(try await run("kill -TERM $$").ending == .signal(SIGTERM))
  }

  /// More than a pipe holds.
  @Test func takesAsMuchAsIsAllowedAndNoMore() async throws {
    let script = "head -c 300000 /dev/zero"
    #expect(try await run(script, outputBytesMax: 300_000).output.count == 300_000)
    await #expect(throws: ChildProcess.Failure.outputTooLong) {
      _ = try await run(script, outputBytesMax: 299_999)
    }
  }

  @Test func killsWhatNeverEndsItsOutput() async {
    await #expect(throws: ChildProcess.Failure.outputTooLong) {
      _ = try await run("exec yes", outputBytesMax: 1_000)
    }
  }

  @Test func saysWhyAProgramDoesNotStart() async {
    let name = "/nowhere/program"
    await #expect(throws: ChildProcess.Failure.notStarted(SystemError("run", name, code: ENOENT))) {
      _ = try await ChildProcess.run([name], environment: [:], outputBytesMax: 1)
    }
  }

  @Test func isKilledWithItsTask() async throws {
    let folder = try TemporaryFolder()
    let mark = folder.file("mark")
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        await #expect(throws: CancellationError.self) {
          _ = try await run("echo $$ > '\(mark).new'; mv '\(mark).new' '\(mark)'; exec sleep 600")
        }
      }
      while !FileSystem.exists(at: mark) { SystemClock.block(for: .milliseconds(5)) }
      group.cancelAll()
    }
    let text = try String(contentsOfFile: mark, encoding: .utf8)
    let number = try #require(Int32(text.filter { $0 != "\n" }))
    // It is reaped soon; until then it is a process that has ended.
    while kill(number, 0) == 0 { SystemClock.block(for: .milliseconds(5)) }
  }

  /// A file that this process has open, and did not have closed by itself.
  @Test func inheritsNoOtherFile() async throws {
    let folder = try TemporaryFolder()
    let number = open(folder.file("secret"), O_RDWR | O_CREAT, 0o600)
    try #require(number > 2)
    defer { close(number) }
    let outcome = try await run("[ -e /dev/fd/\(number) ] && echo open || echo closed")
    #expect(outcome.output == Array("closed\n".utf8))
  }

  @Test func handlesSignalsAsItsAuthorKnows() async throws {
    // Blocked on this thread, as on those of libcurl.
    let thread = try SystemThread {}
    thread.join()
    #expect(try await run("kill -INT $$; echo survived").ending == .signal(SIGINT))
  }
}
