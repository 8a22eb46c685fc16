import Index
import IndexFixtures
import TestSupport
import Vocabulary

/// The naive answers about the versions of one bucket, from its stacks.
struct VersionModel {
  var stacks: Stacks

  struct Entry {
    var key: Key
    var version: ModelVersion
    var isLatest: Bool
    /// When the one above it in the stack was written.
    var replaced: Timestamp?
  }

  /// In the order of a listing.
  var entries: [Entry] {
    stacks.sorted { $0.key < $1.key }.flatMap { key, stack in
      stack.enumerated().map { place, version in
        Entry(
          key: key, version: version, isLatest: place == 0,
          replaced: place == 0 ? nil : stack[place - 1].object.lastModified)
      }
    }
  }

  func entries(_ filter: ObjectFilter) -> [Entry] {
    entries.filter { entry in
      let (object, isMarker) = (entry.version.object, entry.version.isMarker)
      let isOfSize =
        filter.sizeMin == nil && filter.sizeMax == nil
        || !isMarker && object.size >= filter.sizeMin ?? .min
          && object.size <= filter.sizeMax ?? .max
      let classes = filter.storageClasses
      return entry.key.bytes.starts(with: filter.prefix.bytes) && isOfSize
        && filter.keyGlob.map { globMatches($0, entry.key.text) } ?? true
        && filter.modifiedFrom.map { object.lastModified >= $0 } ?? true
        && filter.modifiedBefore.map { object.lastModified < $0 } ?? true
        && (classes.isEmpty || !isMarker && classes.contains(object.storageClass))
    }
  }

  /// Those that count as objects of a question about these.
  func counted(_ filter: ObjectFilter) -> [Entry] {
    entries(filter).filter { entry in
      guard !entry.version.isMarker else { return false }
      return switch filter.entries {
      case .current, .uploads: entry.isLatest
      case .noncurrent: !entry.isLatest
      case .all: true
      }
    }
  }

  /// The noncurrent versions, and all markers.
  func old(_ filter: ObjectFilter) -> [Entry] {
    entries(filter).filter { $0.version.isMarker || !$0.isLatest }
  }

  /// `objects bytes markers` of some entries.
  static func sum(_ entries: [Entry]) -> String {
    let versions = entries.filter { !$0.version.isMarker }
    let bytes = versions.map(\.version.object.size).reduce(0, +)
    return "\(versions.count) \(bytes) \(entries.count - versions.count)"
  }

  /// What `VersionDetails` says of the keys that begin so.
  func details(below prefix: Key) -> String {
    let own = stacks.filter { $0.key.bytes.starts(with: prefix.bytes) }
    let markersOnly = own.values.count { $0.allSatisfy(\.isMarker) }
    let replaced = entries.filter { entry in
      entry.key.bytes.starts(with: prefix.bytes) && !entry.version.isMarker
        && entry.replaced != nil
    }
    let ages = replaced.map { entry in
      max(
        0,
        (entry.replaced?.millisecondsSinceEpoch ?? 0)
          - entry.version.object.lastModified.millisecondsSinceEpoch)
    }
    let mean = ages.isEmpty ? nil : Double(ages.reduce(0, +)) / Double(ages.count)
    let parts: [String] = [
      "\(own.count) \(markersOnly) \(own.values.map(\.count).reduce(0, +))",
      replaced.compactMap(\.replaced).min()?.iso8601 ?? "-", ages.max().map { "\($0)" } ?? "-",
      mean.map { "\($0)" } ?? "-", median(ages).map { "\($0)" } ?? "-",
    ]
    return parts.joined(separator: " ")
  }

  private func median(_ numbers: [Int64]) -> Double? {
    guard !numbers.isEmpty else { return nil }
    let sorted = numbers.sorted()
    return Double(sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
  }

  static func text(_ details: VersionDetails?) -> String {
    guard let details else { return "none" }
    let parts: [String] = [
      "\(details.keys) \(details.markerOnlyKeys) \(details.entries)",
      details.oldestReplaced?.iso8601 ?? "-", details.ageMaxMs.map { "\($0)" } ?? "-",
      details.ageMeanMs.map { "\($0)" } ?? "-", details.ageMedianMs.map { "\($0)" } ?? "-",
    ]
    return parts.joined(separator: " ")
  }

  /// The prefixes below `start` down to `depth` levels that some entries have, `start` itself first.
  static func prefixes(of entries: [Entry], below start: Key, depth: Int) -> [Key] {
    let below = entries.flatMap { entry in
      let key = entry.key.bytes
      return key.indices.filter { $0 >= start.bytes.count && key[$0] == UInt8(ascii: "/") }
        .prefix(depth).map { Key(Array(key[...$0])) }
    }
    return [start] + Set(below).subtracting([start]).sorted()
  }
}
