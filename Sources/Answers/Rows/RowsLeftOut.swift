internal import Vocabulary

/// An answer had more rows than it gives unasked: those that it has are true, and not all.
///
/// It is thrown after the last of them, so that a face can still finish what it shows.
package struct RowsLeftOut: Error, Equatable, CustomStringConvertible {
  package var rowsMax: Int64

  package var description: String {
    "the statement returns more than \(groupedDecimal(rowsMax)) rows; the rest was left out"
  }
}
