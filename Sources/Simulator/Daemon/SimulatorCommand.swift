import Arguments
import System

/// The program `s3sim`.
package enum SimulatorCommand {
  /// Serves as the command line says until SIGINT or SIGTERM; never returns.
  package static func main() -> Never {
    ThisProcess.end(status: run(Array(CommandLine.arguments.dropFirst())))
  }

  private static func run(_ arguments: [String]) -> Int32 {
    do throws(UsageError) {
      switch try simulatorTool.parse(arguments) {
      case .help(let path):
        write(simulatorTool.help(for: path, columns: 80), to: .output)
        return 0
      case .version:
        write("\(simulatorTool.version)\n", to: .output)
        return 0
      case .run(_, let options):
        return serve(options)
      }
    } catch {
      write(simulatorTool.describe(error), to: .error)
      return 64
    }
  }

  private static func serve(_ options: SimulatorOptions) -> Int32 {
    var configuration = options.configuration
    if options.checksSignatures { configuration.requiredCredentials = options.credentials }
    // Before any thread begins, so that each inherits it.
    EndingSignals.hold()
    // A connection is a descriptor, and shells often allow 1024 where the system allows more. Refusal leaves
    // the limit as it was, which serves fewer connections and is no error.
    ResourceLimit.openFiles.raise(to: 16_384)
    do throws(SimulatorError) {
      let server = try SimulatedS3(configuration, port: options.port)
      write("\(server.endpoint)\n", to: .output)
      EndingSignals.waitForOne()
      server.stop()
      return 0
    } catch {
      write("Error: \(error)\n", to: .error)
      return 1
    }
  }

  /// Writes at once, past any buffer: whoever started the server waits for its URL.
  private static func write(_ text: String, to stream: StandardStream) {
    // Without a reader there is nobody to tell.
    try? stream.write(Array(text.utf8)[...])
  }
}
