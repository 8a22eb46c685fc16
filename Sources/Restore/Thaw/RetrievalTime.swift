package import S3

/// How long it takes until a version can be read.
package struct RetrievalTime: Equatable, Sendable {
  /// Nil where only the end is promised.
  package var minutesMin: Int?
  package var minutesMax: Int

  /// What is typical (User Guide, "Archive retrieval options"); nil where an archive has no such retrieval.
  package init?(from archive: Archive, by speed: ThawSpeed) {
    switch (speed, archive.isDeep) {
    case (.expedited, true): return nil
    // Objects of 250 MB and more take longer.
    case (.expedited, false): (minutesMin, minutesMax) = (1, 5)
    case (.standard, false): (minutesMin, minutesMax) = (3 * 60, 5 * 60)
    case (.bulk, false): (minutesMin, minutesMax) = (5 * 60, 12 * 60)
    case (.standard, true): (minutesMin, minutesMax) = (nil, 12 * 60)
    case (.bulk, true): (minutesMin, minutesMax) = (nil, 48 * 60)
    }
  }

  /// `1 to 5 minutes`, `5 to 12 hours`, `up to 48 hours`.
  package var text: String {
    let isHours = minutesMax >= 60
    func number(_ minutes: Int) -> Int { isHours ? minutes / 60 : minutes }
    let unit = isHours ? "hours" : "minutes"
    return minutesMin.map { "\(number($0)) to \(number(minutesMax)) \(unit)" }
      ?? "up to \(number(minutesMax)) \(unit)"
  }
}
