internal import Vocabulary

/// How many rows, prefixes or other groups there are in memory at once, and how long their names are together.
///
/// Both count: a prefix may be of one byte or of a thousand.
package struct Groups: Equatable, Sendable {
  package var count: Int
  package var nameBytes: Int

  package static let unlimited = Groups(count: .max, nameBytes: .max)

  package init(count: Int = 0, nameBytes: Int = 0) {
    self.count = count
    self.nameBytes = nameBytes
  }

  static func + (left: Groups, right: Groups) -> Groups {
    Groups(count: left.count + right.count, nameBytes: left.nameBytes + right.nameBytes)
  }

  static func += (left: inout Groups, right: Groups) { left = left + right }
}

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
