#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Standard input, output and error: what they are connected to, and what goes through them.
package enum StandardStream: Int32, CaseIterable, Sendable {
  case input = 0
  case output = 1
  case error = 2

  /// Puts something harmless in the place of standard streams that are closed; false where that fails.
  ///
  /// Else the next file or socket that anything here opens would get the number of one, and be
  /// written to. What is in their place cannot be read or written either, which is told as before;
  /// only messages go nowhere, quietly. To be called before anything is opened.
  package static func fillClosed() -> Bool {
    for stream in allCases where fcntl(stream.rawValue, F_GETFD) < 0 {
      // The lowest number that is free is given out.
      let mode = stream == .output ? O_RDONLY : O_WRONLY
      guard unsafe open("/dev/null", mode) == stream.rawValue else { return false }
    }
    return true
  }

  package var isTerminal: Bool { isatty(rawValue) == 1 }

  /// What the stream leads to; nil for one that is closed.
  package var kind: FileStatus.Kind? { FileStatus.read { unsafe fstat(rawValue, $0) }?.kind }

  /// The size of the terminal, in characters; nil where it is none, or does not know.
  package var terminalSize: (columns: Int, rows: Int)? {
    var size = winsize()
    guard unsafe ioctl(rawValue, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return (Int(size.ws_col), Int(size.ws_row))
  }

  /// Writes all bytes, past any buffer, and waits as long as the reader takes nothing.
  ///
  /// - Throws: `SystemError`; `isBrokenPipe` when nobody reads any more.
  package func write(_ bytes: ArraySlice<UInt8>) throws(SystemError) {
    guard writeAll(bytes.span, to: rawValue, isPatient: true) else {
      throw SystemError("write", name)
    }
  }

  /// Whether it takes bytes now; false when so much time has gone by, or a signal came.
  package func canWrite(withinMilliseconds milliseconds: Int32) -> Bool {
    isReady(rawValue, for: Int32(POLLOUT), milliseconds: milliseconds)
  }

  /// Whether there is something to read, or the end; false when so much time has gone by, or a signal came.
  package func canRead(withinMilliseconds milliseconds: Int32) -> Bool {
    isReady(rawValue, for: Int32(POLLIN), milliseconds: milliseconds)
  }

  /// The next bytes, at most as many as `buffer` has, at its beginning; returns how many, zero at the end.
  package func read(into buffer: inout [UInt8]) throws(SystemError) -> Int {
    guard let count = readNext(into: &buffer, from: rawValue) else {
      throw SystemError("read", name)
    }
    return count
  }

  private var name: String {
    switch self {
    case .input: "standard input"
    case .output: "standard output"
    case .error: "standard error"
    }
  }
}
