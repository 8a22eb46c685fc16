internal import Vocabulary

/// An answer would have more rows at once than its reader may keep in memory.
package struct TooManyGroups: Error, Equatable, CustomStringConvertible {
  package enum Excess: Equatable, Sendable {
    case count(most: Int)
    case nameBytes(most: Int)
  }

  package var excess: Excess

  package init(_ excess: Excess) { self.excess = excess }

  package var description: String {
    switch excess {
    case .count(let most):
      "the answer has more than \(groupedDecimal(Int64(most))) rows, which is too many at once"
    case .nameBytes(let most):
      "the names in the answer's rows are longer than \(groupedDecimal(Int64(most))) bytes together, which is too much "
        + "at once"
    }
  }
}

extension IndexReader {
  /// - Throws: `TooManyGroups`.
  func check(_ groups: Groups) throws(TooManyGroups) {
    guard groups.count <= groupsMax.count else {
      throw TooManyGroups(.count(most: groupsMax.count))
    }
    guard groups.nameBytes <= groupsMax.nameBytes else {
      throw TooManyGroups(.nameBytes(most: groupsMax.nameBytes))
    }
  }
}
