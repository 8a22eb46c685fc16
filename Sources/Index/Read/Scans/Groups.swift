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
