import Testing

/// One module asks for the platform's C library: its calls, their loops and their errors are in one place.
@Suite struct PlatformTests {
  private static let home = "Sources/System/"

  /// Calls of the C library that another module, such as Foundation or a library's, may bring along.
  private static let names = [
    "strerror", "getenv", "memcpy", "memcmp", "memmove", "memset", "strlen", "malloc", "free",
    "usleep", "nanosleep", "getpid", "isatty", "ioctl", "fcntl", "flock", "mkstemp", "realpath",
    "getrlimit", "setrlimit", "sysconf", "signal", "sigaction", "sigwait", "kill", "fsync", "pread",
    "pwrite", "poll", "dlsym", #"pthread_\w+"#, #"posix_\w+"#,
  ]

  /// An import of the C library by one of its names, or of one declaration of it.
  private let imports: Regex<AnyRegexOutput>
  /// A look at `errno`, or a call of one of `names` as a function; no method.
  private let calls: Regex<AnyRegexOutput>

  init() throws {
    imports = try Regex(
      #"^\s*(@\w+ |\w+ )*import (\w+ )?(Glibc|SwiftGlibc|Musl|Darwin|Bionic|Android)(\.|\s|$)"#)
    calls = try Regex(
      #"\berrno( [!=]|,|\)|$)|(^|[^.\w])("# + Self.names.joined(separator: "|") + #")\("#)
  }

  private func asksForThePlatform(_ code: Substring) -> Bool {
    code.contains(imports) || (!code.contains("func ") && code.contains(calls))
  }

  @Test func onlySystemAsksForThePlatform() throws {
    for file in Tree.sources where !file.path.hasPrefix(Self.home) {
      for (number, line) in try file.codeLines.enumerated() where asksForThePlatform(line) {
        Issue.record("\(file.path):\(number + 1): \(line): it belongs into System")
      }
    }
  }

  @Test func systemDoesAsk() throws {
    let files = try Tree.sources.filter { file in
      try file.path.hasPrefix(Self.home) && file.codeLines.contains { $0.contains(imports) }
    }
    #expect(files.count >= 10)
  }

  @Test(arguments: [
    "import Glibc", "  internal import Darwin", "  package import Musl",
    "@preconcurrency import Glibc", "import func Glibc.memcmp", "  guard errno == ENOENT else {",
    "    return memcmp(a, b, 3)", "let home = getenv(\"HOME\")", "  unsafe free(text)",
  ])
  func wouldBeSeen(_ line: Substring) {
    #expect(asksForThePlatform(line))
  }

  @Test(arguments: [
    "import System", "internal import CSQLite", "#if canImport(Glibc)", "the error (errno of it)",
    "  if let free = unused.popLast() {", "DiskSpace.free(at: place)", "func free(at place: Int)",
  ])
  func isNone(_ line: Substring) {
    #expect(!asksForThePlatform(line))
  }
}
