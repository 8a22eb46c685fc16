#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The process that runs this code.
package enum ThisProcess {
  /// Its number, as other processes see it.
  package static var id: Int32 { getpid() }

  /// Ends it as exit(3) does.
  package static func end(status: Int32) -> Never { exit(status) }

  /// Ends it with SIGKILL: no handler, no buffer, no lock is given a chance.
  package static func killItself() -> Never {
    kill(getpid(), SIGKILL)
    // The signal reaches this thread on its way out of the kernel at the latest.
    while true { pause() }
  }

  /// The value of a variable of its environment; nil for one that is not set.
  package static func environmentValue(_ name: String) -> String? {
    unsafe getenv(name).map { unsafe String(cString: $0) }
  }
}

/// The machine that it runs on.
package enum Machine {
  /// The operating system, its release and the machine, such as `Linux 6.1.0 x86_64`.
  package static var name: String {
    var name = utsname()
    guard unsafe uname(&name) == 0 else { return "unknown" }
    return [text(name.sysname), text(name.release), text(name.machine)].joined(separator: " ")
  }

  /// Processors that are in use, one at least.
  package static var processorCount: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// The text in an array of C, which Swift sees as a tuple.
  private static func text<Array>(_ array: Array) -> String {
    unsafe withUnsafeBytes(of: array) { bytes in
      unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}
