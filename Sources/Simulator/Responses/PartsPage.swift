/// One answer to ListParts.
struct PartsPage {
  private let upload: SimulatedUpload
  let parts: ArraySlice<SimulatedUpload.Part>
  private let marker: Int
  private let partsMax: Int
  private let isTruncated: Bool

  init(_ upload: SimulatedUpload, _ query: Query, partsMax limit: Int) throws(S3Error) {
    self.upload = upload
    let marker = try query.count("part-number-marker", atMost: Int(Int32.max))
    self.marker = query["part-number-marker"].map { $0.isEmpty ? 0 : marker } ?? 0
    let partsMax = try query.count("max-parts", atMost: limit)
    self.partsMax = partsMax
    let rest = upload.parts.drop { [marker = self.marker] in $0.number <= marker }
    parts = rest.prefix(partsMax)
    isTruncated = rest.count > parts.count
  }

  func document(bucket: String, key: [UInt8]) -> ByteBuffer {
    var xml = ByteBuffer(capacity: parts.count * 256 + 1_024)
    xml.append(S3XML.declaration)
    xml.append("<ListPartsResult xmlns=\"\(S3XML.namespace)\">")
    xml.appendElement("Bucket", bucket)
    xml.appendElement("Key", key)
    xml.appendElement("UploadId", upload.id)
    xml.append("\(S3XML.initiator)\(S3XML.owner)")
    xml.appendElement("StorageClass", ObjectModel.storageClasses[upload.storageClass])
    xml.appendElement("PartNumberMarker", marker)
    xml.appendElement("NextPartNumberMarker", parts.last?.number ?? 0)
    xml.appendElement("MaxParts", partsMax)
    xml.append("<IsTruncated>\(isTruncated)</IsTruncated>")
    for part in parts {
      xml.append("<Part>")
      xml.appendElement("PartNumber", part.number)
      xml.append("<LastModified>\(part.lastModified.withMilliseconds)</LastModified>")
      xml.append("<ETag>&quot;\(part.etag)&quot;</ETag>")
      xml.appendElement("Size", Int(part.size))
      xml.append("</Part>")
    }
    xml.append("</ListPartsResult>")
    return xml
  }
}
