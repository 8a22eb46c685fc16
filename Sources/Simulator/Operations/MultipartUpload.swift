import Vocabulary

extension ObjectOperations {
  /// CreateMultipartUpload.
  func createUpload(
    in contents: inout BucketContents
  ) throws(S3Error) -> Answer {
    try checkKey()
    let storageClass = try storageClass()
    let index = contents.indexOrNew(key)
    let slot = contents.keys.slot(at: index)
    let id = contents.uploads.begin(slot: slot, storageClass: storageClass, at: now)
    var xml = ByteBuffer(S3XML.declaration)
    xml.append("<InitiateMultipartUploadResult xmlns=\"\(S3XML.namespace)\">")
    xml.appendElement("Bucket", contents.bucket.name)
    xml.appendElement("Key", key.bytes)
    xml.appendElement("UploadId", id)
    xml.append("</InitiateMultipartUploadResult>")
    return Answer(status: 200, body: xml)
  }

  /// UploadPart, to uploads that a request has begun.
  func uploadPart(in contents: inout BucketContents) throws(S3Error) -> Answer {
    let number = query["partNumber"].flatMap { Int(String(decoding: $0, as: UTF8.self)) }
    guard let number, (1...10_000).contains(number) else {
      throw S3Error(
        .invalidArgument, "Part number must be an integer between 1 and 10000, inclusive")
    }
    let (upload, slot) = try upload(in: contents)
    let part = UploadedPart(
      content: Content(request.body), digest: ContentDigest.md5(of: request.body))
    guard contents.uploads.add(part, as: number, to: upload.id, slot: slot, at: now) else {
      throw .notImplemented
    }
    return Answer(status: 200, headers: [("ETag", "\"\(part.etag)\"")], body: ByteBuffer())
  }

  /// CompleteMultipartUpload: with the parts that are named, or all there are when none is.
  func completeUpload(in contents: inout BucketContents) throws(S3Error) -> Answer {
    let (upload, _) = try upload(in: contents)
    let parts = try partsNamed(of: contents.uploads.uploaded(to: upload.id))
    guard !parts.isEmpty else { throw .malformedXML }
    contents.uploads.end(upload.id)
    var content = Content()
    for part in parts { content.append(part.content) }
    let record = ObjectRecord(
      content: content, partSizes: parts.map(\.content.count),
      digest: ContentDigest.md5(of: parts.flatMap(\.digest)), storageClass: upload.storageClass)
    let written = contents.put(key, record, at: now, asMoto: dialect == .moto)
    var xml = ByteBuffer(S3XML.declaration)
    xml.append("<CompleteMultipartUploadResult xmlns=\"\(S3XML.namespace)\">")
    xml.appendElement("Bucket", contents.bucket.name)
    xml.appendElement("Key", key.bytes)
    xml.append("<ETag>&quot;\(record.etag)&quot;</ETag></CompleteMultipartUploadResult>")
    return Answer(status: 200, headers: headers(of: written), body: xml)
  }

  /// The parts that the body names, which are in ascending order and all there.
  private func partsNamed(of uploaded: [Int: UploadedPart]) throws(S3Error) -> [UploadedPart] {
    let named = String(decoding: request.body, as: UTF8.self).elements("Part").map { part in
      (
        number: part.elements("PartNumber").first.flatMap { Int($0) },
        etag: part.elements("ETag").first.map { String($0.replacing("&quot;", with: "\"")) } ?? ""
      )
    }
    guard !named.isEmpty else {
      return uploaded.sorted { $0.key < $1.key }.map(\.value)
    }
    var parts: [UploadedPart] = []
    var last = 0
    for (number, etag) in named {
      guard let number else { throw .malformedXML }
      guard number > last else {
        throw S3Error(
          .invalidPartOrder,
          "The list of parts was not in ascending order. Parts must be ordered by part number.")
      }
      guard let part = uploaded[number], names(etag, part.etag) else {
        throw S3Error(
          .invalidPart,
          "One or more of the specified parts could not be found. The part may not have been "
            + "uploaded, or the specified entity tag may not match the part's entity tag.")
      }
      last = number
      parts.append(part)
    }
    return parts
  }

  /// AbortMultipartUpload.
  func abortUpload(in contents: inout BucketContents) throws(S3Error) -> Answer {
    contents.uploads.end(try upload(in: contents).upload.id)
    return Answer(status: 204, body: ByteBuffer())
  }

  /// ListParts.
  func parts(in contents: BucketContents, partsMax: Int) throws(S3Error) -> PartsPage {
    guard dialect != .rclone else { throw .noSuchUpload }
    return try PartsPage(try upload(in: contents).upload, query, partsMax: partsMax)
  }

  /// The upload that the request names, unless it has ended.
  private func upload(
    in contents: BucketContents
  ) throws(S3Error) -> (upload: SimulatedUpload, slot: Int) {
    guard let id = query["uploadId"], let index = contents.keys.index(of: key) else {
      throw uploadGone
    }
    let slot = contents.keys.slot(at: index)
    let all = contents.uploads.uploads(ofSlot: slot, night: contents.night, withParts: true)
    guard let upload = all.first(where: { $0.id == id }) else { throw uploadGone }
    return (upload, slot)
  }

  /// RGW says NoSuchKey of an upload.
  private var uploadGone: S3Error { dialect == .rgw ? .noSuchKey : .noSuchUpload }
}
