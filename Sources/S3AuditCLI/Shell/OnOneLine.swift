/// A message of several lines as one.
func onOneLine(_ text: String) -> String {
  text.split(separator: "\n").map { $0.trimmingPrefix { $0 == " " } }.joined(separator: "; ")
    .replacing(":; ", with: ": ")
}
