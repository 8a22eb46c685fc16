/// What a question counts of each key, beside what its filter says of keys.
package enum Entries: String, Sendable {
  /// Objects, as ever.
  case current
  /// The versions that are not the latest of their keys.
  case noncurrent
  /// Both.
  case all
  /// Uploads that were neither completed nor aborted.
  case uploads
}
