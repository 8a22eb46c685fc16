/// What bringing an object back from an archive is billed as (S3 User Guide, "Archive retrieval options").
package enum Retrieval {
  package enum Speed: Sendable {
    case bulk, standard, expedited
  }

  /// The prices of a request and of a GiB; nil where nothing comes that fast, or from no archive.
  package static func prices(
    from storageClass: String, by speed: Speed, in region: String
  ) -> (request: PriceKey, bytes: PriceKey)? {
    let names: (request: String, bytes: String)
    switch (storageClass, speed) {
    case ("GLACIER", .bulk): names = ("Requests-Tier5", "Bulk-Retrieval-Bytes")
    case ("GLACIER", .standard): names = ("Requests-Tier3", "Standard-Retrieval-Bytes")
    case ("GLACIER", .expedited): names = ("Requests-Tier6", "Expedited-Retrieval-Bytes")
    case ("DEEP_ARCHIVE", .bulk): names = ("Requests-GDA-Tier5", "Bulk-Retrieval-Bytes")
    case ("DEEP_ARCHIVE", .standard): names = ("Requests-GDA-Tier3", "Standard-Retrieval-Bytes")
    default: return nil
    }
    let isDeep = storageClass == "DEEP_ARCHIVE"
    return (
      PriceKey(
        UsageType(rawValue: names.request), in: region, service: isDeep ? .deepArchive : .s3,
        operation: "RestoreObject"),
      PriceKey(
        UsageType(rawValue: names.bytes), in: region,
        operation: isDeep ? "DeepArchiveRestoreObject" : "RestoreObject")
    )
  }
}
