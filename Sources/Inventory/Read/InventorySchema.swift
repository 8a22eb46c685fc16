/// Which column of an inventory holds what, by the names that its manifest has for them.
///
///     "Bucket, Key, Size, LastModifiedDate, ETag, StorageClass, FutureColumn"
///
/// Names that are not needed are passed over, known or not. Parquet and ORC have them in another form, which is read
/// too: `last_modified_date`, `e_tag`.
package struct InventorySchema: Equatable, Sendable {
  package let columns: [String]
  let bucket: Int
  let key: Int
  let size: Int
  let lastModified: Int
  let storageClass: Int
  /// Nil where it was not chosen: then nothing is known of ETags.
  let etag: Int?
  /// Nil for an inventory of current versions.
  let version: VersionColumns?

  /// The columns of an inventory of all versions.
  struct VersionColumns: Equatable, Sendable {
    var id: Int
    var isLatest: Int
    var isMarker: Int
  }

  /// Whether another text names the same columns.
  func isSame(as other: InventorySchema) -> Bool {
    columns.map(Self.plain) == other.columns.map(Self.plain)
  }

  private static func plain(_ name: String) -> String { name.lowercased().filter { $0 != "_" } }

  /// Whether it is of all versions.
  package var hasVersions: Bool { version != nil }

  /// Reads the names, with commas between.
  ///
  /// - Throws: `InventoryError`, which names what is missing, or there twice.
  package init(_ text: String) throws {
    columns = text.split(separator: ",", omittingEmptySubsequences: false).map { name in
      String(name.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
    let places = Dictionary(
      columns.enumerated().map { (Self.plain($1), $0) }, uniquingKeysWith: { first, _ in first })
    func place(_ name: String) -> Int? { places[Self.plain(name)] }
    let ofVersions = ["VersionId", "IsLatest", "IsDeleteMarker"]
    let hasVersions = ofVersions.contains { place($0) != nil }
    let needed =
      ["Bucket", "Key", "Size", "LastModifiedDate", "StorageClass"]
      + (hasVersions ? ofVersions : [])
    let missing = needed.filter { place($0) == nil }
    guard missing.isEmpty else { throw InventoryError(.missingColumns(missing)) }
    // Columns that nobody reads may repeat: unknown ones are passed over.
    let names = columns.map(Self.plain)
    let repeated = (needed + ["ETag"]).first { name in
      names.count { $0 == Self.plain(name) } > 1
    }
    if let repeated { throw InventoryError(.repeatedColumn(repeated)) }
    let found = needed.compactMap { place($0) }
    (bucket, key, size, lastModified, storageClass) = (
      found[0], found[1], found[2], found[3], found[4]
    )
    etag = place("ETag")
    version =
      hasVersions ? VersionColumns(id: found[5], isLatest: found[6], isMarker: found[7]) : nil
  }
}
