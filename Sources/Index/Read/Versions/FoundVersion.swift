/// Which version of its key something is.
package struct FoundVersion: Equatable, Sendable {
  /// Nil where it is not known.
  package var id: String?
  package var isLatest: Bool
  /// A marker has neither size nor ETag nor class.
  package var isMarker: Bool
}
