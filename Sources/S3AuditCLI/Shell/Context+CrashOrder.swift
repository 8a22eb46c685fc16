internal import Arguments
internal import Index

extension Context {
  /// Where a test has this process die.
  ///
  /// A slip in it must not pass for a command that nothing could kill.
  func crashOrder() throws -> CrashOrder? {
    guard let text = variables[CrashOrder.variable], !text.isEmpty else { return nil }
    guard let order = CrashOrder(text) else {
      let names = Crashpoint.allCases.map(\.rawValue).joined(separator: ", ")
      throw UsageError(
        "\(CrashOrder.variable) is for tests of s3audit itself, and '\(text)' is no crashpoint.",
        hint: "unset it, or write NAME or NAME:N with one of: \(names)")
    }
    return order
  }
}
