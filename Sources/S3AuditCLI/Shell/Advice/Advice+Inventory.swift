internal import Inventory
internal import S3
internal import Vocabulary

extension Key {
  /// The prefix that ends in a slash, where there is one: keys of `logs/20` are most likely all of `logs/`.
  var folder: Key {
    bytes.lastIndex(of: UInt8(ascii: "/")).map { Key(Array(bytes[...$0])) } ?? self
  }
}

extension InventoryError {
  /// What the user can do about it.
  var hint: String? {
    switch kind {
    case .notThere: "name a manifest.json, or the folder that has the inventory's dates"
    case .noManifest:
      "name …/BUCKET/CONFIGURATION/ or the manifest.json in one of its dates; data files alone are read with --csv"
    case .noInventory(_, let date, let beingWritten):
      if let date {
        "leave out --date \(date.escapingControls()) for the newest one"
      } else if beingWritten.isEmpty {
        nil
      } else {
        "import it when it has its manifest.json, or name another date"
      }
    case .badManifest: "name the manifest.json that S3 has written"
    case .otherFormat(let format, let place):
      "convert it: scripts/inventory-csv \(format == "ORC" ? "FILE.orc…" : Self.words(place)) | s3audit import inventory --csv - --schema "
        + "\"Bucket, Key, …\"; or have the inventory written as CSV"
    case .missingColumns(let names): Self.hint(forMissing: names)
    case .repeatedColumn:
      "nothing was imported; name each column once, in the place that it has in the rows"
    case .otherChecksum, .otherSize, .damaged:
      "nothing was imported; fetch the files again, or import another date with --date"
    case .missingFile:
      "nothing was imported; copy it beside the manifest by its key or name, or import another date with --date"
    case .denied(_, let error):
      error.isAboutKMS
        ? "allow kms:Decrypt on the key that the inventory is encrypted with"
        : "allow s3:GetObject there and, where it is encrypted with a key of KMS, kms:Decrypt; see 's3audit doctor --policy inventory'"
    case .badRow(_, _, let fault): Self.hint(for: fault)
    case .noLatest:
      "nothing was imported; are all files of the inventory there, and all rows of what was converted? Else import another "
        + "date, or ask the bucket with 'sync --versions'"
    case .tooManyBytes: "nothing was imported; does the column Size stand as the schema says?"
    case .noRows: "is this the right file, and did what wrote it say an error?"
    case .otherMoment:
      "nothing was imported; see whether creationTimestamp is in milliseconds, or say the right --time of rows"
    case .older:
      "nothing was imported; import a newer inventory, or put the index back with --force"
    case .unknownScope(_, let shared, _, _):
      "say --prefix '\(shared.map { Self.words($0.folder.text) } ?? "…")' for an inventory of these keys, --whole-bucket for one of all, or allow "
        + "s3:GetInventoryConfiguration"
    case .severalBuckets: "say which of them with --endpoint-url, or take an index of its own"
    }
  }

  private static func words(_ text: String) -> String { text.escapingControls(scalarsMax: 500) }

  private static func hint(forMissing names: [String]) -> String {
    // These two are in every inventory of S3, and the versions' in each of all versions.
    let always: Set = ["Bucket", "Key", "VersionId", "IsLatest", "IsDeleteMarker"]
    let optional = names.filter { !always.contains($0) }
    return optional.isEmpty
      ? "name it in the schema, in the place that it has in the rows"
      : "add \(optional.joined(separator: ", ")) to the inventory's optional fields"
  }

  private static func hint(for fault: RowFault) -> String {
    switch fault {
    case .columns, .value: "nothing was imported; do the columns stand as the schema says?"
    case .noLineEnd:
      "nothing was imported; see whether what wrote it has finished, and end the last row with a line end"
    case .noEndMark, .otherCount:
      "nothing was imported; what wrote the rows was stopped: convert again, and see what it says"
    case .otherSchema: "nothing was imported; say --schema as the rows do"
    case .unknownMark: "nothing was imported; take lines out that are no rows"
    case .loneReturn: "nothing was imported; write the rows again, or replace the carriage returns"
    case .otherBucket: "nothing was imported; are the files of this manifest?"
    case .outsidePrefix:
      "nothing was imported; say --whole-bucket, or the right --prefix, if the inventory is about more"
    default: "nothing was imported; fetch the file again, or import another date with --date"
    }
  }
}
