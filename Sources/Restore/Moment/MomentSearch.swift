package import Vocabulary

/// What a key held at a moment, found from its versions and delete markers in the server's order, newest
/// first.
///
/// It is the first of them that was there at the moment, this one included; a marker says that there was
/// nothing. The order decides, not the times: those of AWS are whole seconds, and an upload in parts has the
/// time at which it was begun.
///
/// ```
/// a  marker  12:00:09        at 12:00:05: version 2, for the marker and version 3 came later
/// a  3       12:00:07        at 12:00:09: nothing
/// a  2       12:00:05        at 12:00:04: version 1
/// a  1       12:00:01        at 12:00:00: nothing
/// ```
///
/// A time with a fraction takes in all that the server dates in its second, where the server cuts its own
/// times to seconds.
package struct MomentSearch {
  /// One of them.
  package struct Entry: Equatable, Sendable {
    /// Nil where the id is not known.
    package var versionID: String?
    package var isMarker: Bool
    package var isLatest: Bool
    package var lastModified: Timestamp

    package init(
      versionID: String?, isMarker: Bool, isLatest: Bool = false, lastModified: Timestamp
    ) {
      self.versionID = versionID
      self.isMarker = isMarker
      self.isLatest = isLatest
      self.lastModified = lastModified
    }
  }

  private let moment: Timestamp?
  /// Whether the answer is found: what follows is older.
  package private(set) var isDone = false
  /// Whether a version without an id came after the moment.
  ///
  /// What it was written over, which nobody keeps, may have been the answer.
  package private(set) var mayBeOverwritten = false

  /// Begins with a key; nil is now, of which only what is the latest can tell.
  package init(at moment: Timestamp?) {
    self.moment = moment
  }

  /// Looks at the next one; true when that is what the key held.
  package mutating func take(_ entry: Entry) -> Bool {
    guard !isDone else { return false }
    if let moment, entry.lastModified > moment {
      if entry.versionID == ObjectPage.idOfNone { mayBeOverwritten = true }
      return false
    }
    isDone = true
    return !entry.isMarker && (moment != nil || entry.isLatest)
  }
}
