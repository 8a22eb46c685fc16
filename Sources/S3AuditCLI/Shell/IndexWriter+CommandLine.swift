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

  /// Runs `body` with the right to write the index at `path`, which is made where there is none.
  ///
  /// So whatever `body` pays for can be kept. An index that was made and got nothing is removed again.
  func writing<Result: Sendable>(
    _ path: String, _ body: @Sendable (IndexWriter) async throws -> Result
  ) async throws -> Result {
    let writer = try IndexWriter(
      path: path, patience: patience(indexPath: path), now: systemTime)
    do {
      let (result, rest) = try await writer.resting { try await body(writer) }
      say(rest, of: path)
      return result
    } catch {
      await writer.removeIfFresh()
      throw error
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
