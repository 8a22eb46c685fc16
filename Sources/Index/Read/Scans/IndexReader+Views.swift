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

  /// How many rows the view `objects`, or `versions`, has by the sums that are kept of them.
  package func countedRows(ofVersions: Bool, in bucket: BucketAddress? = nil) throws -> Int64 {
    let isNamed = bucket == nil ? "" : "AND bucket.endpoint = ?1 AND bucket.name = ?2"
    // Objects stand among the versions where versions were ever listed.
    let isListed = ofVersions ? "AND bucket.versions_begun_ms IS NOT NULL" : ""
    let objects = "SELECT sum(sums.objects) FROM bucket_usage AS sums, bucket"
    let others = "SELECT sum(sums.objects + sums.markers) FROM version_usage AS sums, bucket"
    let parameters = bucket.map { [SQLiteValue.text($0.endpoint), .text($0.name)] } ?? []
    let parts = [(objects, isListed)] + (ofVersions ? [(others, "")] : [])
    return try parts.reduce(0) { sum, part in
      var statement = try connection.prepare(
        "\(part.0) WHERE bucket.id = sums.bucket_id \(isNamed) \(part.1)")
      try statement.bind(parameters)
      return sum.plus(try statement.step() ? statement.int64(at: 0) : 0)
    }
  }
}
