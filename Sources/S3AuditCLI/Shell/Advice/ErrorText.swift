internal import Vocabulary

/// `Error: …` and, when the user can do something about it, `Help: …`.
func errorText(_ error: any Error) -> String {
  let text = "Error: \(escapingLines(message(of: error)))\n"
  return hint(for: error).map { text + "Help:  \(escapingLines($0))\n" } ?? text
}

/// Our own line ends stay; whatever a server, a file or an argument put between them is made
/// visible.
private func escapingLines(_ text: String) -> String {
  text.split(separator: "\n", omittingEmptySubsequences: false)
    .map { $0.escapingControls(scalarsMax: .max) }
    .joined(separator: "\n")
}
