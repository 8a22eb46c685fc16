package import Vocabulary

/// What a filter says of single objects, outside of SQL: for those that are in no table.
///
/// Where in a bucket they are is no part of it.
package struct ObjectTest: Sendable {
  private let filter: ObjectFilter
  private let glob: KeyGlob?
  private let classes: Set<String>

  package init(_ filter: ObjectFilter) {
    self.filter = filter
    glob = filter.keyGlob.map { KeyGlob($0) }
    classes = Set(filter.storageClasses.map { $0.uppercased() })
  }

  /// Whether a key passes what is asked of keys.
  package func passes(key: Span<UInt8>) -> Bool {
    // Last: it costs the most.
    (glob?.matches(key) ?? true) && (filter.keyMatches?.matches(key) ?? true)
  }

  /// Whether an object passes all else that is asked.
  package func passes(size: Int64, lastModified: Timestamp, storageClass: String) -> Bool {
    size >= filter.sizeMin ?? .min && size <= filter.sizeMax ?? .max
      && filter.modifiedFrom.map { lastModified >= $0 } ?? true
      && filter.modifiedBefore.map { lastModified < $0 } ?? true
      && (classes.isEmpty || classes.contains(storageClass.uppercased()))
  }
}

extension ObjectFilter {
  /// What it says of buckets and keys alone: nothing that differs between the versions of a key.
  package var ofKeys: ObjectFilter {
    var filter = self
    (filter.sizeMin, filter.sizeMax) = (nil, nil)
    (filter.modifiedFrom, filter.modifiedBefore) = (nil, nil)
    filter.storageClasses = []
    return filter
  }
}
