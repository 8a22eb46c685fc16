internal import S3
internal import Vocabulary

/// An entry of a listing of versions that was seen, by which what follows it can be asked for.
struct Milestone: Sendable {
  var name: EntryName
  /// Whether it is a delete marker that was made while versioning was suspended.
  var isAnonymousMarker = false
}

extension ObjectPage {
  func milestone(at index: Int) -> Milestone {
    let name = name(at: index)
    return Milestone(
      name: name,
      isAnonymousMarker: versions[index].kind == .deleteMarker && name.versionID == "null")
  }

  /// The last entries that are of the kind of the very last one, at most one more than `count`, and at least
  /// one that comes before the last.
  ///
  /// Where versions and delete markers of the same second are in an order that is a guess, that of each kind
  /// is the server's.
  func lastOfOneKind(_ count: Int) -> [Milestone] {
    guard let last = versions.last else { return [] }
    let ofKind = records.indices.filter { versions[$0].kind == last.kind }.suffix(count + 1)
    let found = ofKind.count > 1 ? Array(ofKind) : Array(records.indices.suffix(2))
    var milestones = found.map { milestone(at: $0) }
    while milestones.count > 2, milestones[0].isAnonymousMarker { milestones.removeFirst() }
    return milestones
  }

  /// Puts those entries of each key in front whose names are in `names`, and leaves their order else as it is;
  /// keys do not descend.
  ///
  /// - Returns: how many entries there are up to the last of them.
  mutating func moveToFront(ofTheirKeys names: Set<EntryName>) -> Int {
    var order: [Int] = []
    var others: [Int] = []
    var end = 0
    for index in records.indices {
      if index > 0, !hasSameKey(index - 1, index) {
        order += others
        others = []
      }
      if names.contains(name(at: index)) {
        order.append(index)
        end = order.count
      } else {
        others.append(index)
      }
    }
    order += others
    records = order.map { records[$0] }
    versions = order.map { versions[$0] }
    return end
  }

  /// What a page says is the latest version of a key.
  func latest(of key: Key) -> EntryName? {
    records.indices.first { versions[$0].isLatest && self.key(at: $0) == key }.map { name(at: $0) }
  }

  func checkOrder(below prefix: Key) throws(ListingFault) {
    if let index = firstIndex(outside: prefix) {
      throw .outsidePrefix(key: key(at: index), prefix: prefix)
    }
    if let index = firstDescendingIndex {
      throw .unordered(key: key(at: index), after: key(at: index - 1))
    }
  }

  /// An entry that comes twice hides another, or shows that pages overlap where they must not.
  func checkRepetition() throws(ListingFault) {
    if let index = firstRepeatedVersion {
      throw .repeatedVersion(key: key(at: index), versionID: versionID(at: index))
    }
  }
}

extension CrawlRange {
  /// Whether nothing of it was passed on yet, and it begins after a key.
  var isAtMark: Bool { cursor == lo && !lo.isStart }
}
