import Signing
import Vocabulary

/// What requests do to a bucket, one function an operation: changed contents and an answer.
///
/// Bodies are read for their length and a digest, and not kept: an object cannot be read back.
struct ObjectOperations {
  let request: S3Request
  let key: Key
  let query: Query
  let dialect: VersionDialect
  let now: Timestamp

  /// Does what the request asks for; `operation` is one that writes.
  func write(
    _ operation: SimulatorStatistics.Operation, to contents: inout BucketContents
  ) throws(S3Error) -> Answer {
    guard request.body.count <= S3Request.bodyBytesMax else {
      throw S3Error(
        .entityTooLarge, "Your proposed upload exceeds the maximum allowed object size.")
    }
    return switch operation {
    case .putBucketVersioning: try putVersioning(in: &contents)
    case .putObject: try put(in: &contents)
    case .deleteObject: try delete(in: &contents)
    case .deleteObjects: try deleteMany(in: &contents)
    case .createMultipartUpload: try createUpload(in: &contents)
    case .uploadPart: try uploadPart(in: &contents)
    case .completeMultipartUpload: try completeUpload(in: &contents)
    case .abortMultipartUpload: try abortUpload(in: &contents)
    default: throw .notImplemented
    }
  }

  /// PutBucketVersioning: once turned on it can only be suspended.
  private func putVersioning(in contents: inout BucketContents) throws(S3Error) -> Answer {
    guard dialect != .rclone else { throw .notImplemented }
    let text = String(decoding: request.body, as: UTF8.self)
    let states = [
      ("<Status>Enabled</Status>", VersioningState.enabled),
      ("<Status>Suspended</Status>", .suspended),
    ]
    guard let (_, versioning) = states.first(where: { text.contains($0.0) }) else {
      throw .malformedXML
    }
    contents.versioning.change(to: versioning, inNight: contents.night)
    return Answer(status: 200, body: ByteBuffer())
  }

  /// PutObject.
  func put(in contents: inout BucketContents) throws(S3Error) -> Answer {
    try checkKey()
    guard request.header("x-amz-copy-source") == nil,
      !(request.header("x-amz-content-sha256") ?? "").hasPrefix("STREAMING")
    else { throw .notImplemented }
    let attributes = ObjectModel.attributes(
      of: SHA256.digest(request.body), size: request.body.count, lastModified: now,
      storageClass: try storageClass())
    let written = contents.put(key, attributes, asMoto: dialect == .moto)
    return Answer(
      status: 200, headers: [("ETag", "\"\(attributes.etag)\"")] + headers(of: written),
      body: ByteBuffer())
  }

  /// DeleteObject, of the current version or of the one that is named.
  func delete(in contents: inout BucketContents) throws(S3Error) -> Answer {
    guard let id = query["versionId"] else {
      let marker = contents.delete(key, at: now, asMoto: dialect == .moto)
      return Answer(
        status: 204, headers: marker.map { headers(of: $0) } ?? [], body: ByteBuffer())
    }
    guard isPossible(id) else { throw .invalidVersionID }
    // S3 is content where the version is gone already.
    let deleted = contents.deleteVersion(id, of: key)
    var fields = [(name: "x-amz-version-id", value: String(decoding: id, as: UTF8.self))]
    if deleted?.isMarker == true { fields.append(("x-amz-delete-marker", "true")) }
    return Answer(status: 204, headers: fields, body: ByteBuffer())
  }

  /// HeadObject, of the current version or of the one that is named.
  func head(in contents: BucketContents) throws(S3Error) -> Answer {
    let id = query["versionId"]
    if let id, !isPossible(id), dialect == .aws { throw .invalidVersionID }
    guard let index = contents.keys.index(of: key) else { throw id == nil ? .noSuchKey : noVersion }
    var history = contents.history(at: index)
    guard let entry = id.map({ contents.entry(at: index, id: $0) }) ?? history.next() else {
      throw id == nil ? .noSuchKey : noVersion
    }
    var fields: [(name: String, value: String)] = []
    if contents.versioning.current != .none {
      let text = String(decoding: contents.id(of: entry, at: index), as: UTF8.self)
      fields.append(("x-amz-version-id", text))
    }
    guard let attributes = entry.attributes else {
      // A marker that is asked for by its id is there, only not to be read: but not on RGW.
      var error = id != nil && dialect != .rgw ? S3Error.methodNotAllowed : .noSuchKey
      error.furtherHeaders = fields + [("x-amz-delete-marker", "true")]
      throw error
    }
    fields += [
      ("ETag", "\"\(attributes.etag)\""), ("Last-Modified", attributes.lastModified.httpDate),
      ("Accept-Ranges", "bytes"),
    ]
    // S3 leaves the header out for STANDARD.
    if attributes.storageClass > 0 {
      fields.append(
        ("x-amz-storage-class", ObjectModel.storageClasses[attributes.storageClass]))
    }
    var answer = Answer(
      status: 200, headers: fields, contentType: "binary/octet-stream", body: ByteBuffer())
    answer.announcedLength = attributes.size
    return answer
  }

  private var noVersion: S3Error {
    dialect == .rgw
      ? .noSuchKey : S3Error(.noSuchVersion, "The specified version does not exist.")
  }

  /// Whether an id could be one of this server's.
  private func isPossible(_ id: [UInt8]) -> Bool {
    id.elementsEqual("null".utf8) || id.count == OpaqueID.characters
  }

  private func checkKey() throws(S3Error) {
    guard key.bytes.count <= HostileKeys.bytesMax else {
      throw S3Error(.keyTooLong, "Your key is too long")
    }
  }

  private func storageClass() throws(S3Error) -> Int {
    guard let name = request.header("x-amz-storage-class") else { return 0 }
    guard let index = ObjectModel.storageClasses.firstIndex(of: name) else {
      throw S3Error(.invalidArgument, "The storage class you specified is not valid")
    }
    return index
  }

  /// No id is told of version `null`.
  private func headers(of written: WrittenVersion) -> [(name: String, value: String)] {
    (written.isNull ? [] : [("x-amz-version-id", String(decoding: written.id, as: UTF8.self))])
      + (written.isMarker ? [("x-amz-delete-marker", "true")] : [])
  }
}

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
    let etag = String(SHA256.hex(request.body).prefix(32))
    let part = SimulatedUpload.Part(
      number: number, size: Int64(request.body.count), etag: etag, lastModified: now)
    guard contents.uploads.add(part, to: upload.id, slot: slot) else { throw .notImplemented }
    return Answer(status: 200, headers: [("ETag", "\"\(etag)\"")], body: ByteBuffer())
  }

  /// CompleteMultipartUpload: with all parts there are, whichever are named.
  func completeUpload(in contents: inout BucketContents) throws(S3Error) -> Answer {
    let (upload, _) = try upload(in: contents)
    contents.uploads.end(upload.id)
    var attributes = ObjectModel.attributes(
      of: SHA256.digest(upload.id), size: Int(upload.parts.reduce(0) { $0 + $1.size }),
      lastModified: now, storageClass: upload.storageClass)
    attributes.parts = max(1, upload.parts.count)
    let written = contents.put(key, attributes, asMoto: dialect == .moto)
    var xml = ByteBuffer(S3XML.declaration)
    xml.append("<CompleteMultipartUploadResult xmlns=\"\(S3XML.namespace)\">")
    xml.appendElement("Bucket", contents.bucket.name)
    xml.appendElement("Key", key.bytes)
    xml.append("<ETag>&quot;\(attributes.etag)&quot;</ETag></CompleteMultipartUploadResult>")
    return Answer(status: 200, headers: headers(of: written), body: xml)
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

extension S3Error {
  static let malformedXML = S3Error(
    .malformedXML,
    "The XML you provided was not well-formed or did not validate against our published schema")
  static let invalidVersionID = S3Error(.invalidArgument, "Invalid version id specified")
}
