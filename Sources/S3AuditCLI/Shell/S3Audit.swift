internal import AWS
internal import Arguments
internal import Index
internal import SQLite
internal import System
internal import Vocabulary

/// The program: from the arguments to the exit code.
package enum S3Audit {
  /// Runs the command line of this process and ends it.
  @MainActor package static func main() async -> Never {
    Terminal.fillClosedStreams()
    let interrupt = Interrupt()
    // Before there is a second thread.
    do {
      try ProcessLimits.check()
      try interrupt.listen()
      try ProcessLimits.checkThreads()
    } catch {
      Terminal.writeError(errorText(error))
      ThisProcess.end(status: ExitStatus(for: error).rawValue)
    }
    let status = await run(ThisProcess.arguments, interrupt)
    ThisProcess.end(status: status.rawValue)
  }

  @MainActor private static func run(_ arguments: [String?], _ interrupt: Interrupt) async
    -> ExitStatus
  {
    do {
      let texts = arguments.compactMap(\.self)
      guard texts.count == arguments.count else {
        throw UsageError(
          "An argument is no UTF-8.", hint: "--range takes any bytes of keys, as in %FF")
      }
      switch try tool.parse(texts) {
      case .help(let path):
        let columns = Terminal.width(environment: ThisProcess.environment) ?? 80
        try Terminal.writeOutput(tool.help(for: path, columns: columns))
        return .done
      case .version:
        try Terminal.writeOutput("s3audit \(tool.version)\n")
        return .done
      case .run(let path, let options):
        let context = Context(tool: tool, options: options, interrupt: interrupt)
        guard let run = commands.run(at: path) else {
          preconditionFailure("the parser knows a command \(path) that is not in the list")
        }
        do {
          return try await run(context)
        } catch var error as UsageError where error.path.isEmpty {
          error.path = path
          throw error
        }
      }
    } catch {
      report(error, isInterrupted: interrupt.isInterrupted)
      return ExitStatus(for: error)
    }
  }

  private static func report(_ error: any Error, isInterrupted: Bool) {
    switch error {
    case is BrokenPipe: return
    case var error as UsageError:
      // It quotes what was typed, which may have come out of a file or another program.
      error.message = error.message.escapingControls()
      error.hint = error.hint?.escapingControls()
      Terminal.writeError(tool.describe(error))
    case is CancellationError:
      return
    case let error as SQLiteError where error.primaryCode == .interrupted && isInterrupted:
      Terminal.writeError("Interrupted.\n")
    default: Terminal.writeError(errorText(error))
    }
  }
}
