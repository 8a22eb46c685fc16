internal import System

/// A question before something that costs money or cannot be taken back.
enum Confirmation {
  /// Whether the user says yes on the terminal; everything but `y` and `yes` is a no.
  ///
  /// `wayOut` says how to agree without a terminal, in the words of a hint.
  ///
  /// - Throws: `CommandFailure` where there is no terminal to ask on; `CancellationError` when the user
  ///   interrupts instead.
  static func ask(_ question: String, wayOut: String) throws -> Bool {
    guard Terminal.inputIsTerminal, Terminal.errorIsTerminal else {
      throw CommandFailure(
        message: "this has to be agreed to, and there is no terminal to ask on; nothing was done",
        hint: wayOut)
    }
    Terminal.writeError(question + " [y/N] ")
    let answer = try Terminal.readInput(isLine: true) { Task.isCancelled }
    return DeletionQuestion.isYes(answer)
  }
}
