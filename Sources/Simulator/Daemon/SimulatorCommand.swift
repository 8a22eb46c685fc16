import Arguments

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The program `s3sim`.
package enum SimulatorCommand {
  /// Serves as the command line says until SIGINT or SIGTERM; never returns.
  package static func main() -> Never {
    exit(run(Array(CommandLine.arguments.dropFirst())))
  }

  private static func run(_ arguments: [String]) -> Int32 {
    do throws(UsageError) {
      switch try simulatorTool.parse(arguments) {
      case .help(let path):
        write(simulatorTool.help(for: path, columns: 80), to: STDOUT_FILENO)
        return 0
      case .version:
        write("\(simulatorTool.version)\n", to: STDOUT_FILENO)
        return 0
      case .run(_, let options):
        return serve(options)
      }
    } catch {
      write(simulatorTool.describe(error), to: STDERR_FILENO)
      return 64
    }
  }

  private static func serve(_ options: SimulatorOptions) -> Int32 {
    var configuration = options.configuration
    if options.checksSignatures { configuration.requiredCredentials = options.credentials }
    // Blocked before any thread begins, so that each inherits it and only sigwait() receives them.
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGINT)
    sigaddset(&signals, SIGTERM)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    signal(SIGPIPE, SIG_IGN)
    raiseDescriptorLimit()
    do throws(SimulatorError) {
      let server = try SimulatedS3(configuration, port: options.port)
      write("\(server.endpoint)\n", to: STDOUT_FILENO)
      var received: Int32 = 0
      sigwait(&signals, &received)
      server.stop()
      return 0
    } catch {
      write("Error: \(error)\n", to: STDERR_FILENO)
      return 1
    }
  }

  /// A connection is a descriptor, and shells often allow 1024 where the system allows more.
  private static func raiseDescriptorLimit() {
    #if canImport(Glibc)
      let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
      let resource = RLIMIT_NOFILE
    #endif
    var limit = rlimit()
    let wanted: rlim_t = 16_384
    guard getrlimit(resource, &limit) == 0, limit.rlim_cur < wanted else { return }
    limit.rlim_cur = min(limit.rlim_max, wanted)
    // Refusal leaves the limit as it was, which serves fewer connections and is no error.
    _ = setrlimit(resource, &limit)
  }

  /// Writes at once, past any buffer: whoever started the server waits for its URL.
  private static func write(_ text: String, to descriptor: Int32) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { bytes in
        #if canImport(Glibc)
          Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        #else
          Darwin.write(descriptor, bytes.baseAddress, bytes.count)
        #endif
      }
      guard written > 0 else { return }
      rest = rest.dropFirst(written)
    }
  }
}
