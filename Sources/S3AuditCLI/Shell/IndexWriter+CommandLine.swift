internal import Index
internal import Vocabulary

extension Context {
  /// Waits for programs that hold a lock on the index, and says so.
  func patience(indexPath: String) -> LockPatience {
    .endless {
      guard !options.output.isQuiet else { return }
      Terminal.writeError(
        "Waiting: another program reads or writes \(indexPath.escapingControls()) and has locked it\n"
      )
    }
  }
}

extension IndexWriter {
  /// Runs `body`, and leaves the index so that every program can read it that may, however that ends.
  func resting<Result: Sendable>(
    _ context: Context, _ body: @Sendable () async throws -> Result
  ) async throws -> Result {
    do {
      let result = try await body()
      if try !rest() {
        context.say("the index keeps its log, because another program is reading it")
      }
      return result
    } catch {
      // The first error is the one to report.
      _ = try? rest()
      throw error
    }
  }
}
