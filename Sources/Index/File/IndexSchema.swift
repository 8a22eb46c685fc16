internal import SQLite
package import Vocabulary

/// What an index of this program is made of.
package enum IndexSchema {
  /// The names of its tables, in order; views are its interface, and these are not.
  package static func tables(now: Timestamp) throws -> [String] {
    try CheckPass.modelSchema(now: now)
      .filter { $0.value.hasPrefix("CREATE TABLE") }.map(\.key).sorted()
  }
}
