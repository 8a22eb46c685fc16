internal import System
internal import Vocabulary

/// A file that a command reads from its beginning to its end; `-` is standard input.
struct InputFile: Sendable {
  /// For messages.
  let name: String
  let isInput: Bool
  private let file: SequentialFile
  private let interrupt: Interrupt

  /// - Throws: `SystemError`.
  init(_ path: String, _ context: Context) throws {
    isInput = path == "-"
    name = isInput ? "standard input" : path
    file =
      isInput
      ? try SequentialFile(standardInput: name) : try SequentialFile(reading: path)
    interrupt = context.interrupt
  }

  /// The next bytes, none at the end; Ctrl-C ends the waiting for somebody who types.
  ///
  /// - Throws: `SystemError`, `CancellationError`.
  func next(bytesMax: Int = 256 << 10) throws -> [UInt8] {
    while isInput, !StandardStream.input.canRead(withinMilliseconds: 200) {
      if interrupt.isInterrupted { throw CancellationError() }
    }
    return try file.next(bytesMax: bytesMax)
  }
}
