internal import Report
internal import Synchronization
internal import System
internal import Vocabulary

/// The standard streams, and what kind of thing they are connected to.
enum Terminal {
  static var inputIsTerminal: Bool { StandardStream.input.isTerminal }
  static var outputIsTerminal: Bool { StandardStream.output.isTerminal }
  static var errorIsTerminal: Bool { StandardStream.error.isTerminal }
  static var outputIsFile: Bool { StandardStream.output.kind == .file }

  /// Puts something harmless in the place of standard streams that are closed; to be called before anything
  /// is opened.
  static func fillClosedStreams() {
    if !StandardStream.fillClosed() { ThisProcess.end(status: ExitStatus.failed.rawValue) }
  }

  /// Columns of the terminal on standard output or error; `COLUMNS`, else what the system says,
  /// else nil.
  static func width(environment: [String: String]) -> Int? {
    if let columns = environment["COLUMNS"].flatMap({ Int($0) }), columns > 0 { return columns }
    return (StandardStream.output.terminalSize ?? StandardStream.error.terminalSize)?.columns
  }

  /// Columns and rows of the terminal on standard error.
  static var errorSize: (columns: Int, rows: Int)? { StandardStream.error.terminalSize }

  /// Writes all bytes to standard output.
  ///
  /// - Throws: `BrokenPipe` when nobody reads any more, `CommandFailure` for other errors,
  ///   such as a full disk.
  static func writeOutput(_ bytes: [UInt8]) throws {
    try write(bytes[...])
  }

  /// The same, for a long output: `shouldStop` is asked while the reader takes nothing.
  ///
  /// - Throws: also `CancellationError`, when it says so.
  static func writeOutput(_ bytes: [UInt8], shouldStop: () -> Bool) throws {
    // Linux calls a pipe writable when it has a page free, so a write of a page does not block.
    let sizeMax = StandardStream.output.kind == .pipe ? pipePageBytes : .max
    var rest = bytes[...]
    while !rest.isEmpty {
      guard StandardStream.output.canWrite(withinMilliseconds: 200) else {
        if shouldStop() { throw CancellationError() }
        continue
      }
      try write(rest.prefix(sizeMax))
      rest = rest.dropFirst(sizeMax)
    }
  }

  private static let pipePageBytes = 4_096

  /// Bytes as a person may be shown them: no control, and each form of one text alone.
  static func shown(_ bytes: [UInt8]) -> [UInt8] { terminalCell(bytes, widthMax: nil).text }

  static func writeOutput(_ text: String) throws {
    try writeOutput(Array(text.utf8))
  }

  /// Writes to standard error; when that fails there is nobody left to tell.
  ///
  /// Where it is a log, lines for people become its records.
  static func writeError(_ text: String) {
    let written = log.withLock { $0 }?.lines(of: text, at: systemTime()) ?? text
    try? StandardStream.error.write(Array(written.utf8)[...])
  }

  /// A process has one standard error: whoever writes there, in whatever task, writes into its log.
  private static let log = Mutex<ErrorLog?>(nil)

  /// Whether nothing but records may be written there.
  static var errorsAreLogged: Bool { log.withLock { $0 != nil } }

  /// Makes a log of standard error, from now on.
  static func logErrors(_ new: ErrorLog) { log.withLock { $0 = new } }

  /// Writes a record where standard error is a log; people are told otherwise.
  static func note(
    _ event: String, _ level: ErrorLog.Level = .info, _ fields: (name: String, value: JSONValue)...
  ) {
    guard let log = log.withLock({ $0 }) else { return }
    let line = log.line(.init(level: level, event: event, fields: fields), at: systemTime())
    try? StandardStream.error.write(Array(line.utf8)[...])
  }

  /// Everything on standard input, or a line of it, as text; `shouldStop` is asked while nothing comes.
  static func readInput(isLine: Bool = false, shouldStop: () -> Bool) throws -> String {
    String(decoding: try readInputBytes(isLine: isLine, shouldStop: shouldStop), as: UTF8.self)
  }

  /// The same as it came.
  static func readInputBytes(isLine: Bool = false, shouldStop: () -> Bool) throws -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let isReady = StandardStream.input.canRead(withinMilliseconds: 200)
      if shouldStop() { throw CancellationError() }
      guard isReady else { continue }
      let count: Int
      do throws(SystemError) {
        count = try StandardStream.input.read(into: &buffer)
      } catch {
        throw CommandFailure(message: "cannot read standard input: \(error.reason)")
      }
      bytes += buffer[..<count]
      if count == 0 || isLine && bytes.contains(0x0A) { return bytes }
    }
  }

  private static func write(_ bytes: ArraySlice<UInt8>) throws {
    do throws(SystemError) {
      try StandardStream.output.write(bytes)
    } catch {
      if error.isBrokenPipe { throw BrokenPipe() }
      throw CommandFailure(message: "cannot write the output: \(error.reason)")
    }
  }
}
