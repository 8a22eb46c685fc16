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

  /// Says how an index was left, where its file alone is not all of it, or it is not one plain file.
  ///
  /// It is said also to who wants to hear little: the file is of an older sync then, and its log grows.
  func say(_ rest: IndexRest?, of indexPath: String) {
    switch rest {
    case .plainFile, nil: break
    case .wholeWithLog: say("the index keeps its log, because another program has it open")
    case .behindItsLog: Terminal.writeError(behindItsLogText(indexPath))
    }
  }
}

extension IndexWriter {
  /// Runs `body`, and leaves the index so that every program can read it that may, however that ends.
  func resting<Result: Sendable>(
    _ body: @Sendable () async throws -> Result
  ) async throws -> (result: Result, rest: IndexRest?) {
    do {
      let result = try await body()
      return (result, try rest())
    } catch {
      // The first error is the one to report.
      _ = try? rest()
      throw error
    }
  }
}
