package import Vocabulary

/// The keys of which nobody can tell what they held at a moment, because a version without an id was written
/// since: it may have replaced another one, which is gone without a trace.
package struct MomentDoubts: Equatable, Sendable {
  package private(set) var count: Int64 = 0
  /// The first few of them.
  package private(set) var first: [Key] = []

  package static let shownMax = 5

  package init() {}

  package mutating func add(_ key: Key) {
    count += 1
    guard first.count < Self.shownMax || first.last.map({ key < $0 }) ?? true else { return }
    // Ranges are listed side by side: a smaller key may come later.
    let place = first.firstIndex { key < $0 } ?? first.endIndex
    first.insert(key, at: place)
    if first.count > Self.shownMax { first.removeLast() }
  }
}
