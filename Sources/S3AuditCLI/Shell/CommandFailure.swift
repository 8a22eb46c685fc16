/// A failure of a command in words of its own.
struct CommandFailure: Error, CustomStringConvertible {
  var message: String
  var hint: String?

  var description: String { message }
}
