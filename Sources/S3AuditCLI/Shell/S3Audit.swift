internal import AWS
internal import Arguments
internal import Index
internal import SQLite
internal import Vocabulary

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// The program: from the arguments to the exit code.
package enum S3Audit {
  /// Runs the command line of this process and ends it.
  @MainActor package static func main() async -> Never {
    Terminal.fillClosedStreams()
    let interrupt = Interrupt()
    let status = await run(Array(CommandLine.arguments.dropFirst()), interrupt)
    exit(status.rawValue)
  }

  @MainActor private static func run(_ arguments: [String], _ interrupt: Interrupt) async
    -> ExitStatus
  {
    do {
      switch try tool.parse(arguments) {
      case .help(let path):
        let columns = Terminal.width(environment: ProcessInfo.processInfo.environment) ?? 80
        try Terminal.writeOutput(tool.help(for: path, columns: columns))
        return .done
      case .version:
        try Terminal.writeOutput("s3audit \(tool.version)\n")
        return .done
      case .run(let path, let options):
        let context = Context(options: options, interrupt: interrupt)
        guard let command = command(at: path) else {
          preconditionFailure("the command \(path) has no case")
        }
        do {
          return try await command(context)
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

  /// Begins on the main thread: a query blocks it while SQLite works; a sync leaves it at once.
  typealias Action = @MainActor @Sendable (Context) async throws -> ExitStatus

  /// What carries out a command; nil for a path that is none.
  ///
  /// Every runnable path of the command table has its case here; a test compares the two.
  static func command(at path: [String]) -> Action? {
    switch path {
    case ["sync"]: { try await SyncCommand($0).run() }
    case ["list"]: { try await ListCommand($0).run() }
    case ["query", "totals"]: { try TotalsCommand($0).run() }
    case ["query", "buckets"]: { try BucketsCommand($0).run() }
    case ["query", "top"]: { try TopCommand($0).run() }
    case ["query", "find"]: { try FindCommand($0).run() }
    case ["query", "du"]: { try PrefixesCommand($0).run() }
    case ["query", "findings"]: { try FindingsCommand($0).run() }
    case ["query", "sql"]: { try SQLCommand($0).run() }
    case ["doctor"]: { try await DoctorCommand($0).run() }
    case ["completions"]: printCompletions
    case ["man"]: printManual
    default: nil
    }
  }

  @Sendable private static func printCompletions(_ context: Context) throws -> ExitStatus {
    guard let shell = context.options.shell.flatMap({ Shell(rawValue: $0) }) else {
      preconditionFailure("the table lets only known shells through")
    }
    try Terminal.writeOutput(tool.completionScript(shell: shell))
    return .done
  }

  @Sendable private static func printManual(_ context: Context) throws -> ExitStatus {
    let date = String(context.now.iso8601.prefix(10))
    try Terminal.writeOutput(tool.manPage(date: date))
    return .done
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
