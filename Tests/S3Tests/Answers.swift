/// A ListObjectsV2 answer with these children of the root.
func answer(_ children: String, isTruncated: Bool? = nil) -> [UInt8] {
  let truncated = isTruncated.map { "<IsTruncated>\($0)</IsTruncated>" } ?? ""
  return Array(
    """
    <?xml version="1.0" encoding="UTF-8"?>
    <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">\(truncated)\(children)\
    </ListBucketResult>
    """.utf8)
}

/// One `<Contents>`, its texts already escaped.
func object(
  key: String, etag: String = "&quot;e&quot;", size: String = "1",
  lastModified: String = "2026-11-20T01:02:03.000Z", storageClass: String? = nil, more: String = ""
) -> String {
  let storageClass = storageClass.map { "<StorageClass>\($0)</StorageClass>" } ?? ""
  return """
    <Contents><Key>\(key)</Key><LastModified>\(lastModified)</LastModified><ETag>\(etag)</ETag>\
    <Size>\(size)</Size>\(storageClass)\(more)</Contents>
    """
}
