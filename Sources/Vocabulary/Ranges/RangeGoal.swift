/// Into how many ranges a bucket is cut.
package enum RangeGoal: Equatable, Sendable {
  case ranges(Int)
  /// About so many objects in each.
  case objectsPerRange(Int64)

  /// How many ranges there are of so many objects: one at least.
  package func count(of objects: Int64) -> Int {
    switch self {
    case .ranges(let count): return count
    case .objectsPerRange(let each):
      let (whole, rest) = max(0, objects).quotientAndRemainder(dividingBy: each)
      return Int(max(1, rest > 0 ? whole + 1 : whole))
    }
  }
}

/// There are fewer keys than ranges were asked for: some would have none.
package struct TooFewKeys: Error, Equatable, Sendable, CustomStringConvertible {
  package var keys: Int64
  package var ranges: Int

  package init(keys: Int64, ranges: Int) {
    (self.keys, self.ranges) = (keys, ranges)
  }

  package var description: String {
    "\(ranges) ranges cannot be made of \(keys) \(keys == 1 ? "key" : "keys")"
  }
}
