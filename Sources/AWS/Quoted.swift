/// What the user typed, in quotes, with nothing in it that would steer a terminal.
func quoted(_ text: String) -> String {
  "'\(text.debugDescription.dropFirst().dropLast().prefix(200))'"
}
