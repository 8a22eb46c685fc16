package import Index
package import Vocabulary

/// How rows are shown: what keys change for all levels.
package struct ViewSettings: Equatable, Sendable {
  enum SortKey: Sendable { case size, name, count, modified }

  enum Share: CaseIterable, Sendable { case both, percent, bar }

  var sortKey = SortKey.size
  /// The other way round than the first press of the key has it.
  var isReversed = false
  var share = Share.both
  var showsCounts = true
  package var unit: ByteUnit
  package var growthDays = 7

  static let growthChoices = [7, 30, 90]

  package init(unit: ByteUnit = .auto) { self.unit = unit }

  mutating func sort(by key: SortKey) {
    isReversed = key == sortKey && !isReversed
    sortKey = key
  }

  /// Which of a level's objects are read first.
  package var objectOrder: LevelOrder {
    switch sortKey {
    // Each is one object: their sizes tell them apart.
    case .size, .count: isReversed ? .smallest : .largest
    case .name: isReversed ? .keyReversed : .key
    case .modified: isReversed ? .oldest : .newest
    }
  }

  var sortText: String {
    switch sortKey {
    case .size: isReversed ? "smallest first" : "largest first"
    case .name: isReversed ? "by name, backwards" : "by name"
    case .count: isReversed ? "fewest objects first" : "most objects first"
    case .modified: isReversed ? "oldest first" : "newest first"
    }
  }
}

extension CaseIterable where Self: Equatable {
  /// The one after this one; after the last the first.
  var next: Self {
    let all = Array(Self.allCases)
    let place = all.firstIndex(of: self) ?? 0
    return all[(place + 1) % all.count]
  }
}
