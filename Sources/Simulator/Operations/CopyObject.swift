import Vocabulary

/// What x-amz-copy-source names.
struct CopySource {
  let bucket: String
  let key: Key
  let versionID: [UInt8]?

  /// Nil for a header that names no object: it is `/bucket/key`, encoded as URLs are, and perhaps
  /// `?versionId=` behind it.
  init?(_ header: String) {
    var path = header[...]
    var id: [UInt8]?
    // A question mark of the key is encoded.
    if let mark = header.firstRange(of: "?versionId=") {
      path = header[..<mark.lowerBound]
      id = percentDecoded(header[mark.upperBound...].utf8)
    }
    let decoded = percentDecoded(path.utf8).drop { $0 == UInt8(ascii: "/") }
    guard let slash = decoded.firstIndex(of: UInt8(ascii: "/")) else { return nil }
    bucket = String(decoding: decoded[..<slash], as: UTF8.self)
    key = Key(Array(decoded[(slash + 1)...]))
    versionID = id
    guard !bucket.isEmpty, !key.bytes.isEmpty else { return nil }
  }
}

/// What a copy takes from its source, read and digested before anything is written.
struct CopiedContent {
  var content: Content
  var md5: [UInt8]
  var head: ObjectHead
  var tags: [ObjectHead.Tag]
  var checksum: ObjectChecksum?
  /// Tells the version that was copied.
  var headers: [(name: String, value: String)]
  /// Whether it is the current version of its key.
  var isCurrent: Bool
}

extension ObjectOperations {
  /// Reads the source of a copy.
  func copied(
    _ source: CopySource, in contents: BucketContents, isPart: Bool
  ) throws(S3Error) -> CopiedContent {
    let found = try foundSource(source, in: contents)
    let record = found.record
    do throws(S3Error) {
      try contents.checkIsReadable(found, at: now)
    } catch {
      throw S3Error(
        .objectNotInActiveTier,
        "The source object of the COPY operation is not in the active tier and is only stored in "
          + "Amazon Glacier.")
    }
    // moto and RGW pass over the condition.
    if dialect == .aws, let wanted = request.header("x-amz-copy-source-if-match"),
      !names(wanted, record.etag)
    {
      throw .preconditionFailed("x-amz-copy-source-If-Match")
    }
    var range = 0..<record.size
    if isPart, let header = request.header("x-amz-copy-source-range") {
      guard case .from(let first, let last?)? = ByteRange(header), last < record.size else {
        throw S3Error(
          .invalidArgument, "Range specified is not valid for source object of size: \(record.size)"
        )
      }
      range = first..<last + 1
    }
    guard range.count <= options.copyBytesMax else {
      throw S3Error(
        .invalidRequest,
        "The specified copy source is larger than the maximum allowable size for a copy source: "
          + "\(options.copyBytesMax)")
    }
    let content = record.content.slice(range)
    let id = versionHeader(of: found.entry, at: found.index, in: contents)
    var newest = contents.history(at: found.index)
    return CopiedContent(
      content: content, md5: ContentDigest.md5(of: content), head: record.head,
      tags: contents.tags[contents.place(of: found)] ?? [],
      checksum: isPart ? nil : checksum(of: content, from: record),
      headers: dialect == .rgw ? [] : id.map { ("x-amz-copy-source-version-id", $0.value) },
      isCurrent: newest.next()?.number == found.entry.number)
  }

  private func foundSource(
    _ source: CopySource, in contents: BucketContents
  ) throws(S3Error) -> FoundVersion {
    do throws(S3Error) {
      return try find(source.key, id: source.versionID, in: contents)
    } catch {
      guard error.code == .methodNotAllowed else { throw error }
      throw S3Error(
        .invalidRequest,
        "The source of a copy request may not specifically refer to a delete marker by version id.")
    }
  }

  /// The checksum of a copy: one of the whole, by the algorithm of the source unless another one is
  /// asked for.
  private func checksum(of content: Content, from record: ObjectRecord) -> ObjectChecksum? {
    let asked = request.header("x-amz-checksum-algorithm").flatMap {
      ChecksumKind(rawValue: $0.lowercased())
    }
    let sources: ChecksumKind? =
      switch record.checksum {
      case .none: options.checksums == .none ? nil : .crc64nvme
      case .known(let checksum): checksum.kind
      case .pending(let kind, _): kind
      }
    return (asked ?? sources).map { ObjectChecksum($0, wholeOf: content) }
  }

  /// CopyObject, of what was read.
  func copy(
    _ source: CopySource, _ copied: CopiedContent, in contents: inout BucketContents
  ) throws(S3Error) -> Answer {
    try checkKey()
    try checkMayWrite(in: contents)
    let replaces = request.header("x-amz-metadata-directive") == "REPLACE"
    let encryption = Encryption(request)
    if source.bucket == contents.bucket.name, source.key == key, copied.isCurrent, !replaces,
      encryption == nil, request.header("x-amz-storage-class") == nil
    {
      throw S3Error(
        .invalidRequest,
        "This copy request is illegal because it is trying to copy an object to itself without "
          + "changing the object's metadata, storage class, website redirect location or encryption "
          + "attributes.")
    }
    let tags =
      request.header("x-amz-tagging-directive") == "REPLACE"
      ? ObjectHead.tags(request) ?? [] : copied.tags
    let record = ObjectRecord(
      content: copied.content, digest: digest(copied.md5, encryption),
      storageClass: try storageClass(), head: replaces ? ObjectHead(request) : copied.head,
      encryption: encryption ?? .s3, checksum: copied.checksum.map { .known($0) } ?? .none)
    let written = contents.put(key, record, tags, at: now, asMoto: dialect == .moto)
    let xml = result(
      "CopyObjectResult", etag: record.etag, also: copied.checksum?.xml ?? "")
    return Answer(
      status: 200,
      headers: dialect == .rgw
        ? [] : headers(of: written) + copied.headers + record.encryption.headers, body: xml)
  }

  /// The document of a copy; RGW leaves the quotes out.
  func result(_ name: StaticString, etag: String, also: String) -> ByteBuffer {
    let quote = dialect == .rgw ? "" : "&quot;"
    var xml = ByteBuffer(S3XML.declaration)
    xml.append("<\(name) xmlns=\"\(S3XML.namespace)\">")
    xml.appendElement("LastModified", now.withMilliseconds)
    xml.append("<ETag>\(quote)\(etag)\(quote)</ETag>\(also)</\(name)>")
    return xml
  }

  /// The 16 bytes of an ETag: a digest only where the encryption keeps it.
  func digest(_ md5: [UInt8], _ encryption: Encryption?) -> [UInt8] {
    guard let encryption, !encryption.keepsDigest else { return md5 }
    return ContentDigest.opaque(md5, "\(key.text) \(now.millisecondsSinceEpoch)")
  }

  /// If-Match and If-None-Match of requests that write.
  func checkMayWrite(in contents: BucketContents) throws(S3Error) {
    let current = contents.keys.index(of: key).flatMap { index in
      var history = contents.history(at: index)
      return history.next().flatMap { contents.record(of: $0) }
    }
    if request.header("if-none-match") == "*", current != nil {
      throw .preconditionFailed("If-None-Match")
    }
    guard let wanted = request.header("if-match") else { return }
    guard let current else { throw .noSuchKey }
    guard names(wanted, current.etag) else { throw .preconditionFailed("If-Match") }
  }
}
