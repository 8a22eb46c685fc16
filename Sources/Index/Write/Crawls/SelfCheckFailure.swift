/// What was listed, what is stored and what the rollups say of a bucket are not the same.
package struct SelfCheckFailure: Error, Equatable, CustomStringConvertible {
  /// Which of them differ.
  package var difference: String

  package var description: String { "the self-check failed: \(difference)" }
}
