/// The two tables of a kind of rollups, by bucket and class and by prefix, with the statements that keep
/// them.
struct UsageTables {
  let addToBucket: String
  let addToPrefix: String
  let removeEmptyBucket: String
  let removeEmptyPrefix: String
  /// Whether delete markers are counted besides.
  let haveMarkers: Bool

  static let objects = UsageTables("bucket_usage", "prefix_usage", haveMarkers: false)
  static let versions = UsageTables("version_usage", "prefix_version_usage", haveMarkers: true)

  private init(_ bucket: String, _ prefix: String, haveMarkers: Bool) {
    self.haveMarkers = haveMarkers
    let sums = ["objects", "bytes"] + (haveMarkers ? ["markers"] : [])
    addToBucket = Self.add(
      to: bucket, ["bucket_id", "storage_class_id"], ["small_objects", "small_bytes"] + sums)
    addToPrefix = Self.add(to: prefix, ["bucket_id", "depth", "prefix"], sums)
    let isEmpty = haveMarkers ? "objects = 0 AND markers = 0" : "objects = 0"
    removeEmptyBucket = """
      DELETE FROM \(bucket) WHERE bucket_id = ?1 AND storage_class_id = ?2 AND \(isEmpty)
      """
    removeEmptyPrefix = """
      DELETE FROM \(prefix) WHERE bucket_id = ?1 AND depth = ?2 AND prefix = ?3 AND \(isEmpty)
      """
  }

  // A sum that does not fit is a floating-point number in SQLite, and the nearest integer after the cast:
  // without it, such a number in an index would end every later sync.
  private static func add(to table: String, _ keys: [String], _ sums: [String]) -> String {
    let columns = keys + sums
    let values = columns.indices.map { "?\($0 + 1)" }.joined(separator: ", ")
    let additions = sums.map { "\($0) = CAST(\($0) + excluded.\($0) AS INTEGER)" }
    return """
      INSERT INTO \(table) (\(columns.joined(separator: ", ")))
      VALUES (\(values))
      ON CONFLICT DO UPDATE SET
        \(additions.joined(separator: ",\n  "))
      """
  }
}
