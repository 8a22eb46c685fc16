package import Vocabulary

extension RangeSweep {
  /// A range of a plan, and how many objects are expected in it; nil where nobody has looked.
  package struct Range: Equatable, Sendable {
    package var keys: KeyRange
    package var objects: Int64?
  }

  private struct Cut {
    var key: Key
    /// How many keys come up to it.
    var before: Double
  }

  /// The ranges, which tile all keys below the prefix.
  ///
  /// - Throws: `TooFewKeys`; of a bucket that was not seen whole, where what was seen cannot be cut so often.
  package func ranges() throws(TooFewKeys) -> [Range] {
    let count = rangeCount
    if let known = exactCount, known < Int64(count), count > 1 {
      throw TooFewKeys(keys: known, ranges: count)
    }
    let cuts = completed(cuts(into: count), to: count - 1)
    if case .ranges = goal, cuts.count != count - 1 {
      throw TooFewKeys(keys: Int64(cuts.count + 1), ranges: count)
    }
    var lower = Cut(key: .start, before: 0)
    return (cuts.map { Optional($0) } + [nil]).map { cut in
      defer { lower = cut ?? lower }
      // What lies behind the last page, nobody has seen.
      let isKnown = cut != nil || !isGrowing
      let objects = Int64(max(0, (cut?.before ?? total) - lower.before).rounded())
      return Range(
        keys: KeyRange(lower: lower.key, upper: cut?.key), objects: isKnown ? objects : nil)
    }
  }

  /// With keys that were seen, where some cuts could not be made in their places.
  private func completed(_ cuts: [Cut], to count: Int) -> [Cut] {
    let missing = count - cuts.count
    guard missing > 0, case .ranges = goal else { return cuts }
    let known = Set(cuts.map(\.key))
    var more: [Cut] = []
    var before = 0.0
    for stop in stops {
      for (number, key) in stop.keys.enumerated() where !known.contains(key) {
        more.append(Cut(key: key, before: before + Double(number + 1) * stop.each))
      }
      before += stop.count + stop.passed
    }
    guard more.count > missing else { return cuts }
    let added = (0..<missing).map { more[more.count * ($0 + 1) / (missing + 1) - 1] }
    return (cuts + added).sorted { $0.key < $1.key }
  }

  private func cuts(into count: Int) -> [Cut] {
    var cuts: [Cut] = []
    var before = 0.0
    for (index, stop) in stops.enumerated() {
      let end = index + 1 < stops.count ? stops[index + 1].after : nil
      // Those that could not be made in a gap are made in the next page.
      while cuts.count + 1 < count {
        let sought = total * Double(cuts.count + 1) / Double(count)
        guard sought <= before + stop.count,
          let cut = cut(stop, at: sought - before, cuts.last?.key)
        else { break }
        cuts.append(Cut(key: cut.key, before: before + cut.count))
      }
      before += stop.count
      guard let through = stop.through, stop.passed > 0 else { continue }
      while cuts.count + 1 < count {
        let sought = total * Double(cuts.count + 1) / Double(count)
        guard sought < before + stop.passed else { break }
        let bound = step(behind: stop, max(sought - before, 1), isWide: false)?.bound ?? through
        let key = end.map { min(bound, $0) } ?? bound
        guard key > cuts.last?.key ?? .start, key >= through else { break }
        cuts.append(Cut(key: key, before: sought))
      }
      before += stop.passed
    }
    return cuts
  }

  /// A key of a page, so many keys from its beginning or further on, behind the last cut.
  private func cut(_ stop: Stop, at sought: Double, _ last: Key?) -> (key: Key, count: Double)? {
    guard !stop.keys.isEmpty else { return nil }
    var number = min(max(Int((sought / stop.each).rounded(.up)), 1), stop.keys.count)
    while number < stop.keys.count, stop.keys[number - 1] <= last ?? .start { number += 1 }
    let key = stop.keys[number - 1]
    // The last key of all ends no range but the last.
    guard key > last ?? .start, stop.through != nil || number < stop.keys.count else { return nil }
    return (key, Double(number) * stop.each)
  }
}
