import Vocabulary

/// The parameters of ListMultipartUploads.
struct UploadsRequest {
  var dialect = VersionDialect.aws
  var prefix: [UInt8] = []
  /// Empty: none.
  var keyMarker: [UInt8] = []
  /// Empty: none; ignored without a key marker.
  var uploadIDMarker: [UInt8] = []
  var uploadsMax = 1_000
  var isURLEncoded = false

  init() {}

  init(_ query: Query, uploadsMax limit: Int, dialect: VersionDialect) throws(S3Error) {
    self.dialect = dialect
    // With a delimiter S3 says that there is more and not where: nobody can go on from there.
    guard query["delimiter"]?.isEmpty ?? true else { throw .notImplemented }
    prefix = query["prefix"] ?? []
    isURLEncoded = try query.wantsURLEncoding()
    uploadsMax = try query.count("max-uploads", atMost: limit)
    // moto pages nothing.
    guard dialect != .moto else {
      uploadsMax = .max
      return
    }
    keyMarker = query["key-marker"] ?? []
    uploadIDMarker = keyMarker.isEmpty ? [] : query["upload-id-marker"] ?? []
  }

  var keyEncoding: KeyEncoding {
    guard isURLEncoded else { return .xml }
    return dialect == .rgw ? .rgwURL : .url
  }
}

/// One answer to ListMultipartUploads.
struct UploadsPage {
  private(set) var uploads: [Listed] = []
  private(set) var isTruncated = false

  struct Listed {
    var key: [UInt8]
    var upload: SimulatedUpload
  }

  init(of contents: BucketContents, for request: UploadsRequest) throws(S3Error) {
    let keys = contents.keys
    let end =
      Key(request.prefix).prefixUpperBound.map { keys.firstIndex(atOrAfter: $0) } ?? keys.count
    var index = keys.firstIndex(atOrAfter: Key(request.prefix))
    var after: (index: Int, marker: [UInt8])?
    if !request.keyMarker.isEmpty {
      let marker = Key(request.keyMarker)
      let isInclusive = !request.uploadIDMarker.isEmpty || request.dialect == .rgw
      index = max(
        index, isInclusive ? keys.firstIndex(atOrAfter: marker) : keys.firstIndex(after: marker))
      if !request.uploadIDMarker.isEmpty {
        try Self.check(request, in: contents)
        if let own = keys.index(of: marker) { after = (own, request.uploadIDMarker) }
      }
    }
    guard request.uploadsMax > 0 else { return }
    while let found = contents.uploads.firstIndex(atOrAfter: index, in: keys), found < end {
      index = found + 1
      let slot = keys.slot(at: found)
      var group = Self.sorted(
        contents.uploads.uploads(ofSlot: slot, night: contents.night, withParts: false),
        request.dialect)
      if let after, after.index == found {
        let initiated = contents.uploads.initiated(ofID: after.marker, slot: slot)
        group = group.filter {
          request.dialect == .rgw || initiated == nil
            ? after.marker.lexicographicallyPrecedes($0.id)
            : Self.precedes((initiated ?? $0.initiated, after.marker), ($0.initiated, $0.id))
        }
      }
      for upload in group {
        guard uploads.count < request.uploadsMax else {
          isTruncated = true
          return
        }
        uploads.append(Listed(key: keys.key(at: found).bytes, upload: upload))
      }
    }
    // The order in which they were begun, whatever their keys.
    if request.dialect == .moto {
      uploads.sort { left, right in
        Self.precedes(
          (left.upload.initiated, left.upload.id), (right.upload.initiated, right.upload.id))
      }
    }
  }

  /// Refuses an upload id that is not the key's, as S3 does; RGW takes any text.
  private static func check(
    _ request: UploadsRequest, in contents: BucketContents
  ) throws(S3Error) {
    guard request.dialect != .rgw else { return }
    let index = contents.keys.index(of: Key(request.keyMarker))
    let initiated = index.flatMap {
      contents.uploads.initiated(ofID: request.uploadIDMarker, slot: contents.keys.slot(at: $0))
    }
    guard initiated != nil else {
      throw S3Error(.invalidArgument, "Invalid uploadId marker")
    }
  }

  /// The uploads of one key: by their time, or by their ids on RGW.
  private static func sorted(
    _ uploads: [SimulatedUpload], _ dialect: VersionDialect
  ) -> [SimulatedUpload] {
    uploads.sorted { left, right in
      dialect == .rgw
        ? left.id.lexicographicallyPrecedes(right.id)
        : precedes((left.initiated, left.id), (right.initiated, right.id))
    }
  }

  private static func precedes(
    _ left: (Timestamp, [UInt8]), _ right: (Timestamp, [UInt8])
  ) -> Bool {
    left.0 == right.0 ? left.1.lexicographicallyPrecedes(right.1) : left.0 < right.0
  }

  func document(bucket: String, for request: UploadsRequest) -> ByteBuffer {
    let encoding = request.keyEncoding
    var xml = ByteBuffer(capacity: uploads.count * 600 + 1_024)
    xml.append(S3XML.declaration)
    xml.append("<ListMultipartUploadsResult xmlns=\"\(S3XML.namespace)\">")
    xml.appendElement("Bucket", bucket)
    xml.appendElement("KeyMarker", request.keyMarker, as: encoding)
    xml.appendElement("UploadIdMarker", request.uploadIDMarker)
    // S3 names them on the last page too.
    if let last = uploads.last, isTruncated || request.dialect == .aws {
      xml.appendElement("NextKeyMarker", last.key, as: encoding)
      xml.appendElement("NextUploadIdMarker", last.upload.id)
    }
    if !request.prefix.isEmpty { xml.appendElement("Prefix", request.prefix, as: encoding) }
    xml.appendElement("MaxUploads", min(request.uploadsMax, 1_000))
    if request.isURLEncoded { xml.append("<EncodingType>url</EncodingType>") }
    xml.append("<IsTruncated>\(isTruncated)</IsTruncated>")
    for listed in uploads {
      xml.append("<Upload>")
      xml.appendElement("Key", listed.key, as: encoding)
      xml.appendElement("UploadId", listed.upload.id)
      xml.append("\(S3XML.initiator)\(S3XML.owner)")
      xml.appendElement(
        "StorageClass", ObjectModel.storageClasses[listed.upload.storageClass])
      xml.append("<Initiated>")
      xml.append(
        request.dialect == .moto
          ? "2010-11-10T20:48:33.000Z" : listed.upload.initiated.withMilliseconds)
      xml.append("</Initiated></Upload>")
    }
    xml.append("</ListMultipartUploadsResult>")
    return xml
  }
}

extension Timestamp {
  /// `2026-11-20T01:02:03.000Z`, as S3 writes times in its documents.
  var withMilliseconds: String {
    let text = [UInt8](unsafeUninitializedCapacity: 24) { out, count in
      guard let base = out.baseAddress else { return }
      count = Digits.dateTimeWithMilliseconds(self, to: base)
    }
    return String(decoding: text, as: UTF8.self)
  }
}
