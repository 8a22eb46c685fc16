package import Vocabulary

/// What noncurrent versions and delete markers are summed by.
package enum VersionGrouping: String, CaseIterable, Sendable {
  case bucket, prefix, `class`, key
}

/// A sum over noncurrent versions and delete markers.
package struct VersionSums: Equatable, Sendable {
  package var usage = Usage()
  package var markers: Int64 = 0
  /// Nil where nobody read the stacks of single keys.
  package var details: VersionDetails?

  package init() {}

  init(usage: Usage, markers: Int64) {
    self.usage = usage
    self.markers = markers
  }

  package static func += (left: inout VersionSums, right: VersionSums) {
    left.usage += right.usage
    left.markers = left.markers.plus(right.markers)
    guard let more = right.details else { return }
    left.details = (left.details ?? VersionDetails()) + more
  }
}

/// What only the keys' stacks tell.
package struct VersionDetails: Equatable, Sendable {
  /// The keys that have any entry.
  package var keys: Int64 = 0
  /// Those among them that have nothing but markers.
  package var markerOnlyKeys: Int64 = 0
  /// Their entries: objects, noncurrent versions and markers.
  package var entries: Int64 = 0
  /// When a version that is still there was replaced, the first of them.
  package var oldestReplaced: Timestamp?
  /// How old the versions were when they were replaced.
  package var ageMaxMs: Int64?
  /// Nil for sums of such details, which do not tell.
  package var ageMedianMs: Double?
  fileprivate var agesMs = 0.0
  fileprivate var replaced: Int64 = 0

  package init() {}

  package var versionsPerKey: Double? { keys > 0 ? Double(entries) / Double(keys) : nil }

  package var ageMeanMs: Double? { replaced > 0 ? agesMs / Double(replaced) : nil }

  fileprivate static func + (left: VersionDetails, right: VersionDetails) -> VersionDetails {
    var sum = left
    sum.keys += right.keys
    sum.markerOnlyKeys += right.markerOnlyKeys
    sum.entries += right.entries
    sum.oldestReplaced = [left.oldestReplaced, right.oldestReplaced].compactMap(\.self).min()
    sum.ageMaxMs = [left.ageMaxMs, right.ageMaxMs].compactMap(\.self).max()
    sum.ageMedianMs = nil
    sum.agesMs += right.agesMs
    sum.replaced += right.replaced
    return sum
  }
}

/// One entry of a key that is no object: a row of `object_version`.
struct OldEntry {
  var isMarker: Bool
  var size: Int64
  var lastModified: Timestamp
}

extension VersionSums {
  /// One key's sum, from its entries in their order, the newest first; `agesMs` becomes how old those were
  /// that were replaced.
  ///
  /// `current` is when its object was written; nil without one. A version was replaced when its successor
  /// was written; clocks differ, so that may seem to be before it was written itself.
  init(stack: [OldEntry], current: Timestamp?, agesMs: inout [Int64]) {
    agesMs.removeAll(keepingCapacity: true)
    var details = VersionDetails()
    details.keys = 1
    details.entries = Int64(stack.count) + (current == nil ? 0 : 1)
    var successor = current
    for entry in stack {
      if entry.isMarker {
        markers += 1
      } else {
        usage.add(entry.size)
        if let successor {
          let age = max(
            0,
            successor.millisecondsSinceEpoch.minus(entry.lastModified.millisecondsSinceEpoch))
          agesMs.append(age)
          details.replaced += 1
          details.agesMs += Double(age)
          details.ageMaxMs = max(age, details.ageMaxMs ?? 0)
          details.oldestReplaced = min(successor, details.oldestReplaced ?? successor)
        }
      }
      successor = entry.lastModified
    }
    details.markerOnlyKeys = current == nil && usage.objects == 0 ? 1 : 0
    self.details = details
  }

  /// Counts a key that has nothing but its object.
  static var lonelyObject: VersionSums {
    var sums = VersionSums()
    var details = VersionDetails()
    (details.keys, details.entries) = (1, 1)
    sums.details = details
    return sums
  }
}

/// One sum of an answer about versions.
package struct VersionRow: Equatable, Sendable {
  /// Nil for a sum over several.
  package var bucket: String?
  /// The prefix, the class or the key; nil for a bucket, and for markers, which have no class.
  package var group: Key?
  /// Nil where nothing is known.
  package var sums: VersionSums?
  package var freshness: Freshness
  package var origin: BucketOrigin?
}

/// The sums of an answer about versions, and the sum of them.
package struct VersionTable: Equatable, Sendable {
  package var rows: [VersionRow]
  /// Nil where nothing is known of any; it means something where the rows do not overlap.
  package var total: VersionSums?

  init(rows: [VersionRow]) {
    self.rows = rows
    let known = rows.compactMap(\.sums)
    total = known.isEmpty ? nil : known.reduce(into: VersionSums()) { $0 += $1 }
  }
}
