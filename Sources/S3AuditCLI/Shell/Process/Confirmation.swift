/// A question before something that costs money or cannot be taken back.
enum Confirmation {
  /// Whether there is somebody to ask: a terminal to read from, and one to be seen on.
  static var isPossible: Bool { Terminal.inputIsTerminal && Terminal.errorIsTerminal }

  /// Whether the user says yes on the terminal; everything but `y` and `yes` is a no.
  ///
  /// - Throws: `CancellationError` when the user interrupts instead.
  static func ask(_ question: String, isInterrupted: () -> Bool) throws -> Bool {
    Terminal.writeError(question + " [y/N] ")
    let answer = try Terminal.readInput(isLine: true, shouldStop: isInterrupted)
    return ["y", "yes"].contains(answer.filter { !$0.isWhitespace }.lowercased())
  }
}
