/// A ListObjectVersions answer with these children of the root.
func versionAnswer(_ children: String, isTruncated: Bool? = nil) -> [UInt8] {
  Array(versionPage(children, isTruncated: isTruncated).utf8)
}

/// The same as text, for the body of an answer.
func versionPage(_ children: String, isTruncated: Bool? = nil) -> String {
  let truncated = isTruncated.map { "<IsTruncated>\($0)</IsTruncated>" } ?? ""
  return """
    <?xml version="1.0" encoding="UTF-8"?>
    <ListVersionsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">\(truncated)\(children)\
    </ListVersionsResult>
    """
}

/// One `<Version>`, its texts already escaped.
func version(
  _ key: String, _ id: String = "v", isLatest: String = "false", size: String = "1",
  lastModified: String = "2026-11-20T01:02:03.000Z", storageClass: String? = nil, more: String = ""
) -> String {
  let storageClass = storageClass.map { "<StorageClass>\($0)</StorageClass>" } ?? ""
  return """
    <Version><Key>\(key)</Key><VersionId>\(id)</VersionId><IsLatest>\(isLatest)</IsLatest>\
    <LastModified>\(lastModified)</LastModified><ETag>&quot;e&quot;</ETag><Size>\(size)</Size>\
    <Owner><ID>o</ID><DisplayName>n</DisplayName></Owner>\(storageClass)\(more)</Version>
    """
}

/// One `<DeleteMarker>`, its texts already escaped.
func marker(
  _ key: String, _ id: String = "m", isLatest: String = "false",
  lastModified: String = "2026-11-20T01:02:03.000Z", more: String = ""
) -> String {
  """
  <DeleteMarker><Key>\(key)</Key><VersionId>\(id)</VersionId><IsLatest>\(isLatest)</IsLatest>\
  <LastModified>\(lastModified)</LastModified><Owner><ID>o</ID></Owner>\(more)</DeleteMarker>
  """
}

/// An answer to ListMultipartUploads.
func uploadPage(_ children: String) -> String {
  "<ListMultipartUploadsResult><Bucket>logs</Bucket>\(children)</ListMultipartUploadsResult>"
}

/// One `<Upload>`, its texts already escaped.
func upload(_ key: String, _ id: String, initiated: String = "2026-11-20T01:02:03.000Z") -> String {
  """
  <Upload><Key>\(key)</Key><UploadId>\(id)</UploadId><Initiator><ID>i</ID></Initiator>\
  <Owner><ID>o</ID></Owner><StorageClass>STANDARD</StorageClass>\
  <Initiated>\(initiated)</Initiated></Upload>
  """
}

/// An answer to ListParts.
func partPage(_ children: String) -> String {
  "<ListPartsResult><Bucket>logs</Bucket>\(children)</ListPartsResult>"
}

/// One `<Part>`.
func part(_ number: Int, size: String) -> String {
  """
  <Part><PartNumber>\(number)</PartNumber><LastModified>2026-11-20T01:02:03.000Z</LastModified>\
  <ETag>"e"</ETag><Size>\(size)</Size></Part>
  """
}
