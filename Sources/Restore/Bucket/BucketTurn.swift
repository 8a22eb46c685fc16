internal import SQLite

/// The turn of the one restore, of those that share a file of records, that may end what others left
/// behind: as long as it lives, no other has it, and however it ends, it is given back.
///
/// It is the lock to write an empty database, which SQLite takes from the system.
struct BucketTurn: ~Copyable {
  private let database: Connection

  /// Nil while another restore has it.
  init?(path: String) throws {
    let database = try Connection(path: path, mode: .create)
    do {
      try database.begin()
    } catch let error as SQLiteError where error.primaryCode == .busy {
      return nil
    }
    self.database = database
  }
}
