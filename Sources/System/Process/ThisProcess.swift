internal import CSystem

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

  /// Keeps secrets in its memory to itself: no picture of it is written when it dies, by whatever means, and no
  /// other process of the same user looks into it.
  package static func hideMemory() {
    ResourceLimit.coreBytes.giveUp()
    // Where a program is handed the picture, the limit does not count.
    csystem_refuse_dumps()
  }

  /// What stands behind its name on its command line; nil for what is no UTF-8.
  ///
  /// `CommandLine.arguments` has other bytes in the place of those that are none, and so another key or file.
  package static var arguments: [String?] {
    let names = unsafe CommandLine.unsafeArgv
    return (0..<Int(CommandLine.argc)).dropFirst().map { index in
      unsafe names[index].flatMap { unsafe String(validatingCString: $0) }
    }
  }

  /// The value of a variable of its environment; nil for one that is not set.
  package static func environmentValue(_ name: String) -> String? {
    unsafe getenv(name).map { unsafe String(cString: $0) }
  }

  /// All variables of its environment; of several with one name the last.
  ///
  /// Bytes that are not UTF-8 become U+FFFD. Entries without a `=`, which some program has put there, are none.
  package static var environment: [String: String] {
    var variables: [String: String] = [:]
    guard var next = unsafe csystem_environment() else { return variables }
    while let entry = unsafe next.pointee {
      let text = unsafe String(cString: entry)
      if let end = text.utf8.firstIndex(of: UInt8(ascii: "=")) {
        variables[String(text[..<end])] = String(text[text.utf8.index(after: end)...])
      }
      unsafe next += 1
    }
    return variables
  }

  /// The home folder of the user who runs it, as the system's list of users has it; nil where it knows none.
  ///
  /// Of the user whose rights the process has, but of the one who called a program that runs as root.
  package static var userHome: String? {
    let id = geteuid() == 0 ? getuid() : geteuid()
    var size = 1_024
    while size <= 1 << 20 {
      var home: String?
      var texts = [CChar](repeating: 0, count: size)
      let code = unsafe texts.withUnsafeMutableBufferPointer { texts -> Int32 in
        guard let start = texts.baseAddress else { return ENOMEM }
        var user = unsafe passwd()
        var found: UnsafeMutablePointer<passwd>?
        let code = unsafe getpwuid_r(id, &user, start, texts.count, &found)
        // What was found points into the buffer.
        home = unsafe found?.pointee.pw_dir.map { unsafe String(cString: $0) }
        return code
      }
      switch code {
      case 0: return home.flatMap { $0.isEmpty ? nil : $0 }
      case ERANGE: size *= 4
      case EINTR: continue
      default: return nil
      }
    }
    return nil
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
