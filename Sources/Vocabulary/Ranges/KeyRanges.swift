/// Ranges of keys that are apart from each other, in their order: what was listed of a bucket, or was not.
///
///     [:c] and [f:m]    their gaps: [c:f] and [m:]
package struct KeyRanges: Equatable, Sendable {
  /// Those that touch are not joined: each was listed by itself.
  package private(set) var ranges: [KeyRange]

  package init() { ranges = [] }

  /// Nil where two of them have keys in common.
  package init?(_ ranges: [KeyRange]) {
    self.ranges = ranges.sorted { $0.lower < $1.lower }
    for (left, right) in zip(self.ranges, self.ranges.dropFirst()) {
      guard let end = left.upper, end <= right.lower else { return nil }
    }
  }

  /// What is between them, before the first and behind the last.
  package var gaps: [KeyRange] {
    var gaps: [KeyRange] = []
    var end: Key? = .start
    for range in ranges {
      if let from = end, from < range.lower {
        gaps.append(KeyRange(lower: from, upper: range.lower))
      }
      end = range.upper
    }
    if let end { gaps.append(KeyRange(lower: end, upper: nil)) }
    return gaps
  }

  /// The parts of these ranges that are in none of the others.
  package func subtracting(_ others: KeyRanges) -> KeyRanges {
    intersecting(others.gaps)
  }

  /// The parts of these ranges that are in one of the others, which are in order and apart.
  private func intersecting(_ others: [KeyRange]) -> KeyRanges {
    var parts = KeyRanges()
    var next = 0
    for range in ranges {
      // One that reaches beyond this range meets the next one too.
      while next < others.count, others[next].upper.map({ $0 <= range.lower }) ?? false {
        next += 1
      }
      var place = next
      while place < others.count, range.upper.map({ others[place].lower < $0 }) ?? true {
        let other = others[place]
        parts.ranges.append(
          KeyRange(
            lower: max(range.lower, other.lower),
            upper: other.endsBefore(range) ? other.upper : range.upper))
        place += 1
      }
    }
    return parts
  }

  /// These ranges and others that have no keys in common with them.
  package func adding(_ others: KeyRanges) -> KeyRanges {
    var all = KeyRanges()
    all.ranges = (ranges + others.ranges).sorted { $0.lower < $1.lower }
    return all
  }

  package var isEmpty: Bool { ranges.isEmpty }
}
