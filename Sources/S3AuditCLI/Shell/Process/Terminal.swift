#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// The standard streams, and what kind of thing they are connected to.
enum Terminal {
  static var inputIsTerminal: Bool { isatty(STDIN_FILENO) == 1 }
  static var outputIsTerminal: Bool { isatty(STDOUT_FILENO) == 1 }
  static var errorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }
  static var outputIsFile: Bool { kind(of: STDOUT_FILENO) == S_IFREG }

  /// Puts something harmless in the place of standard streams that are closed.
  ///
  /// Else the next file or socket that anything here opens would get the number of one, and be
  /// written to. What is in their place cannot be read or written either, which is told as before;
  /// only messages go nowhere, quietly. To be called before anything is opened.
  static func fillClosedStreams() {
    let modes = [
      (STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_WRONLY),
    ]
    for (descriptor, mode) in modes where fcntl(descriptor, F_GETFD) < 0 {
      // The lowest number that is free is given out.
      guard open("/dev/null", mode) == descriptor else { _exit(ExitStatus.failed.rawValue) }
    }
  }

  /// Columns of the terminal on standard output or error; `COLUMNS`, else what the system says,
  /// else nil.
  static func width(environment: [String: String]) -> Int? {
    if let columns = environment["COLUMNS"].flatMap({ Int($0) }), columns > 0 { return columns }
    return size(of: STDOUT_FILENO)?.columns ?? size(of: STDERR_FILENO)?.columns
  }

  /// Columns and rows of the terminal on standard error.
  static var errorSize: (columns: Int, rows: Int)? { size(of: STDERR_FILENO) }

  private static func size(of descriptor: Int32) -> (columns: Int, rows: Int)? {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return (Int(size.ws_col), Int(size.ws_row))
  }

  /// The operating system, its release and the machine, such as `Linux 6.1.0 x86_64`.
  static var systemName: String {
    var name = utsname()
    guard uname(&name) == 0 else { return "unknown" }
    return [text(name.sysname), text(name.release), text(name.machine)].joined(separator: " ")
  }

  /// The text in an array of C, which Swift sees as a tuple.
  private static func text<Array>(_ array: Array) -> String {
    withUnsafeBytes(of: array) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }

  /// Writes all bytes to standard output.
  ///
  /// - Throws: `BrokenPipe` when nobody reads any more, `CommandFailure` for other errors,
  ///   such as a full disk.
  static func writeOutput(_ bytes: [UInt8]) throws {
    try write(bytes[...], to: STDOUT_FILENO)
  }

  /// The same, for a long output: `shouldStop` is asked while the reader takes nothing.
  ///
  /// - Throws: also `CancellationError`, when it says so.
  static func writeOutput(_ bytes: [UInt8], shouldStop: () -> Bool) throws {
    // Linux calls a pipe writable when it has a page free, so a write of a page does not block.
    let sizeMax = kind(of: STDOUT_FILENO) == S_IFIFO ? pipePageBytes : .max
    var rest = bytes[...]
    while !rest.isEmpty {
      var output = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
      let ready = poll(&output, 1, 200)
      if ready == 0 || (ready < 0 && errno == EINTR) {
        if shouldStop() { throw CancellationError() }
        continue
      }
      try write(rest.prefix(sizeMax), to: STDOUT_FILENO)
      rest = rest.dropFirst(sizeMax)
    }
  }

  private static let pipePageBytes = 4_096

  static func writeOutput(_ text: String) throws {
    try writeOutput(Array(text.utf8))
  }

  /// Writes to standard error; when that fails there is nobody left to tell.
  static func writeError(_ text: String) {
    try? write(Array(text.utf8)[...], to: STDERR_FILENO)
  }

  /// Everything on standard input, or a line of it, as text; `shouldStop` is asked while nothing comes.
  static func readInput(isLine: Bool = false, shouldStop: () -> Bool) throws -> String {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
      let ready = poll(&input, 1, 200)
      if shouldStop() { throw CancellationError() }
      if ready == 0 || (ready < 0 && errno == EINTR) { continue }
      let count = read(STDIN_FILENO, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else {
        throw CommandFailure(message: "cannot read standard input: \(message(errno))")
      }
      bytes += buffer[..<count]
      if count == 0 || isLine && bytes.contains(0x0A) {
        return String(decoding: bytes, as: UTF8.self)
      }
    }
  }

  private static func kind(of descriptor: Int32) -> mode_t {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? status.st_mode & S_IFMT : 0
  }

  private static func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) throws {
    try bytes.withUnsafeBytes { buffer in
      var rest = buffer[...]
      while !rest.isEmpty {
        let count = Self.systemWrite(descriptor, UnsafeRawBufferPointer(rebasing: rest))
        if count < 0, errno == EINTR || errno == EAGAIN { continue }
        guard count >= 0 else {
          if errno == EPIPE { throw BrokenPipe() }
          throw CommandFailure(message: "cannot write the output: \(message(errno))")
        }
        rest = rest.dropFirst(count)
      }
    }
  }

  private static func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
    #if canImport(Glibc)
      Glibc.write(descriptor, bytes.baseAddress, bytes.count)
    #elseif canImport(Musl)
      Musl.write(descriptor, bytes.baseAddress, bytes.count)
    #else
      Darwin.write(descriptor, bytes.baseAddress, bytes.count)
    #endif
  }

  private static func message(_ code: Int32) -> String { String(cString: strerror(code)) }
}
