package import SQLite
internal import Vocabulary

extension IndexReader {
  /// Calls `row` with each row of a view, of one bucket where one is given; its columns are those of the view
  /// in their order, and it is no longer valid afterwards.
  ///
  /// `view` is a name of the schema's manual: it is put into the statement as it is.
  ///
  /// - Throws: `SQLiteError`, `.interrupted` soon after `shouldStop` turns true; and what `row` throws.
  package func forEachRow(
    ofView view: String, in bucket: BucketAddress? = nil,
    _ row: (borrowing Statement) throws -> Void
  ) throws {
    let condition = bucket == nil ? "" : " WHERE endpoint = ?1 AND bucket = ?2"
    var rows = try connection.prepare("SELECT * FROM \(view)\(condition)")
    if let bucket { try rows.bind([.text(bucket.endpoint), .text(bucket.name)]) }
    while try rows.step() { try row(rows) }
  }
}
