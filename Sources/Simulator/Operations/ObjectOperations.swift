import Vocabulary

/// What requests do to a bucket, one function an operation: changed contents and an answer.
///
/// What is put is kept, and can be read back.
struct ObjectOperations {
  let request: S3Request
  let key: Key
  let query: Query
  let options: ObjectsSpecification
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
    case .restoreObject: try restore(in: &contents)
    case .putObjectTagging: try putTagging(in: &contents)
    case .deleteObjectTagging: try putTagging([], in: &contents)
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
    try checkMayWrite(in: contents)
    let payload = try Payload(request)
    let encryption = Encryption(request) ?? options.encryption.encryption(random: 0)
    let checksum =
      payload.checksum
      ?? (options.checksums == .none
        ? nil : ObjectChecksum(.crc64nvme, wholeOf: payload.content))
    let record = ObjectRecord(
      content: payload.content, digest: digest(payload.md5, encryption),
      storageClass: try storageClass(), head: ObjectHead(request), encryption: encryption,
      checksum: checksum.map { .known($0) } ?? .none)
    let written = contents.put(
      key, record, ObjectHead.tags(request), at: now, asMoto: dialect == .moto)
    return Answer(
      status: 200,
      headers: [("ETag", "\"\(record.etag)\"")] + headers(of: written) + encryption.headers
        + (checksum?.headers ?? []), body: ByteBuffer())
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

  /// Whether an id could be one of this server's.
  func isPossible(_ id: [UInt8]) -> Bool {
    id.elementsEqual("null".utf8) || id.count == OpaqueID.characters
  }

  func checkKey() throws(S3Error) {
    guard key.bytes.count <= HostileKeys.bytesMax else {
      throw S3Error(.keyTooLong, "Your key is too long")
    }
  }

  func storageClass() throws(S3Error) -> Int {
    guard let name = request.header("x-amz-storage-class") else { return 0 }
    guard let index = ObjectModel.storageClasses.firstIndex(of: name) else {
      throw S3Error(.invalidArgument, "The storage class you specified is not valid")
    }
    return index
  }

  /// No id is told of version `null`.
  func headers(of written: WrittenVersion) -> [(name: String, value: String)] {
    (written.isNull ? [] : [("x-amz-version-id", String(decoding: written.id, as: UTF8.self))])
      + (written.isMarker ? [("x-amz-delete-marker", "true")] : [])
  }
}

extension S3Error {
  static let malformedXML = S3Error(
    .malformedXML,
    "The XML you provided was not well-formed or did not validate against our published schema")
  static let invalidVersionID = S3Error(.invalidArgument, "Invalid version id specified")
}
