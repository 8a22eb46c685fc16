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
    let head = uploadHead()
    let id = contents.uploads.begin(slot: slot, storageClass: storageClass, head, at: now)
    var xml = ByteBuffer(S3XML.declaration)
    xml.append("<InitiateMultipartUploadResult xmlns=\"\(S3XML.namespace)\">")
    xml.appendElement("Bucket", contents.bucket.name)
    xml.appendElement("Key", key.bytes)
    xml.appendElement("UploadId", id)
    xml.append("</InitiateMultipartUploadResult>")
    return Answer(status: 200, headers: head.encryption.headers, body: xml)
  }

  /// What the request says of the object: CRC64NVME is of the whole, others where it says so.
  private func uploadHead() -> UploadHead {
    let asked = request.header("x-amz-checksum-algorithm").flatMap {
      ChecksumKind(rawValue: $0.lowercased())
    }
    let kind = asked ?? (options.checksums == .none ? nil : .crc64nvme)
    let isWhole =
      kind?.isAlwaysWhole == true
      || (kind?.isCyclic == true && request.header("x-amz-checksum-type") == "FULL_OBJECT")
    return UploadHead(
      head: ObjectHead(request), tags: ObjectHead.tags(request) ?? [],
      encryption: Encryption(request) ?? options.encryption.encryption(random: 0), checksum: kind,
      isComposite: !isWhole)
  }

  /// UploadPart, to uploads that a request has begun.
  func uploadPart(in contents: inout BucketContents) throws(S3Error) -> Answer {
    let payload = try Payload(request)
    let part = try add(payload.content, payload.md5, to: &contents)
    return Answer(
      status: 200,
      headers: [("ETag", "\"\(part.etag)\"")]
        + (payload.checksum.map { [($0.kind.header, $0.text)] } ?? []), body: ByteBuffer())
  }

  /// UploadPartCopy, of what was read.
  func copyPart(
    _ copied: CopiedContent, in contents: inout BucketContents
  ) throws(S3Error) -> Answer {
    let part = try add(copied.content, copied.md5, to: &contents)
    return Answer(
      status: 200, headers: copied.headers,
      body: result("CopyPartResult", etag: part.etag, also: ""))
  }

  private func add(
    _ content: Content, _ md5: [UInt8], to contents: inout BucketContents
  ) throws(S3Error) -> UploadedPart {
    let number = query["partNumber"].flatMap { Int(String(decoding: $0, as: UTF8.self)) }
    guard let number, (1...10_000).contains(number) else {
      throw S3Error(
        .invalidArgument, "Part number must be an integer between 1 and 10000, inclusive")
    }
    let (upload, slot) = try upload(in: contents)
    let encryption = contents.uploads.head(of: upload.id).encryption
    let part = UploadedPart(content: content, digest: digest(md5, encryption))
    guard contents.uploads.add(part, as: number, to: upload.id, slot: slot, at: now) else {
      throw .notImplemented
    }
    return part
  }

  /// CompleteMultipartUpload: with the parts that are named, or all there are when none is.
  func completeUpload(in contents: inout BucketContents) throws(S3Error) -> Answer {
    let (upload, _) = try upload(in: contents)
    let parts = try partsNamed(of: contents.uploads.uploaded(to: upload.id))
    guard !parts.isEmpty else { throw .malformedXML }
    try checkMayWrite(in: contents)
    let head = contents.uploads.head(of: upload.id)
    contents.uploads.end(upload.id)
    var content = Content()
    for part in parts { content.append(part.content) }
    let sizes = parts.map(\.content.count)
    let checksum = head.checksum.map {
      head.isComposite
        ? ObjectChecksum($0, of: content, inParts: sizes) : ObjectChecksum($0, wholeOf: content)
    }
    let record = ObjectRecord(
      content: content, partSizes: sizes,
      digest: ContentDigest.md5(of: parts.flatMap(\.digest)), storageClass: upload.storageClass,
      head: head.head, encryption: head.encryption,
      checksum: checksum.map { .known($0) } ?? .none)
    let written = contents.put(key, record, head.tags, at: now, asMoto: dialect == .moto)
    var xml = ByteBuffer(S3XML.declaration)
    xml.append("<CompleteMultipartUploadResult xmlns=\"\(S3XML.namespace)\">")
    xml.appendElement("Bucket", contents.bucket.name)
    xml.appendElement("Key", key.bytes)
    xml.append("<ETag>&quot;\(record.etag)&quot;</ETag>\(checksum?.xml ?? "")")
    xml.append("</CompleteMultipartUploadResult>")
    return Answer(status: 200, headers: headers(of: written) + head.encryption.headers, body: xml)
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
