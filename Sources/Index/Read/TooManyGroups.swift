internal import Vocabulary

/// An answer would have more rows at once than its reader may keep in memory.
package struct TooManyGroups: Error, Equatable, CustomStringConvertible {
  package var groupsMax: Int

  package init(groupsMax: Int) { self.groupsMax = groupsMax }

  package var description: String {
    "the answer has more than \(groupedDecimal(Int64(groupsMax))) rows, which is too many at once"
  }
}

extension IndexReader {
  /// - Throws: `TooManyGroups`.
  func check(groups count: Int) throws(TooManyGroups) {
    guard count <= groupsMax else { throw TooManyGroups(groupsMax: groupsMax) }
  }
}
