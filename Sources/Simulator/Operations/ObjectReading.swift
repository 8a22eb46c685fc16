import Vocabulary

/// A version that a request reads.
struct FoundVersion {
  var entry: VersionRecord
  var index: Int
  var record: ObjectRecord
}

/// How the answer to a GET is another one than it should be.
enum ReadingFault {
  case wholeObject
  /// The range begins so many bytes later or earlier, by this number.
  case otherRange(UInt64)
}

// GetObject and HeadObject, of the current version or of the one that is named.
extension ObjectOperations {
  /// The answer to a GET or HEAD; nil where a fault cannot be.
  func read(in contents: BucketContents, fault: ReadingFault? = nil) throws(S3Error) -> Answer? {
    let found = try find(in: contents)
    var fields = headers(of: found, in: contents)
    try checkConditions(found, fields)
    try found.record.encryption.checkKey(in: request)
    let isHead = request.method == "HEAD"
    if !isHead { try contents.checkIsReadable(found, at: now) }
    var part = try partAsked(of: found.record)
    switch fault {
    case nil: break
    case .wholeObject?:
      guard let right = part, right.count < found.record.size else { return nil }
      part = nil
    case .otherRange(let random)?:
      guard let right = part, let other = right.moved(by: random, in: found.record.size) else {
        return nil
      }
      part = other
    }
    if let part, part.isOfPart, !found.record.partSizes.isEmpty {
      fields.append(("x-amz-mp-parts-count", String(found.record.partSizes.count)))
    }
    fields += checksumHeaders(of: found.record, part, contents.bucket.model)
    let range = part?.range ?? 0..<found.record.size
    if let part, !part.isUntold {
      let last = range.upperBound - 1
      fields.append(("Content-Range", "bytes \(range.lowerBound)-\(last)/\(found.record.size)"))
    }
    var answer = Answer(
      status: part == nil || part?.isUntold == true ? 200 : 206, headers: fields,
      contentType: "binary/octet-stream", body: ByteBuffer())
    if isHead {
      answer.announcedLength = range.upperBound - range.lowerBound
    } else {
      answer.content = ContentBody(found.record.content, range)
    }
    return answer
  }

  /// The version that is asked for; a delete marker is an error.
  func find(in contents: BucketContents) throws(S3Error) -> FoundVersion {
    try find(key, id: query["versionId"], in: contents)
  }

  func find(
    _ key: Key, id: [UInt8]?, in contents: BucketContents
  ) throws(S3Error) -> FoundVersion {
    if let id, dialect == .rclone, !id.elementsEqual("null".utf8) { throw .notImplemented }
    if let id, !isPossible(id), dialect == .aws { throw .invalidVersionID }
    guard let index = contents.keys.index(of: key) else { throw id == nil ? .noSuchKey : noVersion }
    var history = contents.history(at: index)
    guard let entry = id.map({ contents.entry(at: index, id: $0) }) ?? history.next() else {
      throw id == nil ? .noSuchKey : noVersion
    }
    guard let record = contents.record(of: entry) else {
      throw refusal(ofMarker: entry, at: index, in: contents, isNamed: id != nil)
    }
    return FoundVersion(entry: entry, index: index, record: record)
  }

  /// A marker that is asked for by its id is there, only not to be read: but not on RGW, nor by a GET
  /// on moto.
  private func refusal(
    ofMarker entry: VersionRecord, at index: Int, in contents: BucketContents, isNamed: Bool
  ) -> S3Error {
    let isSeen = dialect != .rgw && !(dialect == .moto && request.method == "GET")
    var error = isNamed && isSeen ? S3Error.methodNotAllowed : .noSuchKey
    error.furtherHeaders =
      versionHeader(of: entry, at: index, in: contents) + [("x-amz-delete-marker", "true")]
    if isNamed, isSeen { error.furtherHeaders.append(("Allow", "DELETE")) }
    return error
  }

  private var noVersion: S3Error {
    dialect == .rgw
      ? .noSuchKey : S3Error(.noSuchVersion, "The specified version does not exist.")
  }

  func versionHeader(
    of entry: VersionRecord, at index: Int, in contents: BucketContents
  ) -> [(name: String, value: String)] {
    guard contents.versioning.current != .none else { return [] }
    return [
      ("x-amz-version-id", String(decoding: contents.id(of: entry, at: index), as: UTF8.self))
    ]
  }

  /// The checksum of a whole object, or of the part that was asked for by its number where it is made
  /// of those; nothing is told of ranges.
  private func checksumHeaders(
    of record: ObjectRecord, _ part: PartialRange?, _ model: ObjectModel
  ) -> [(name: String, value: String)] {
    guard request.header("x-amz-checksum-mode")?.uppercased() == "ENABLED",
      let checksum = model.checksum(of: record)
    else { return [] }
    guard let part, !part.isUntold else { return checksum.headers }
    guard part.isOfPart else { return [] }
    guard checksum.parts != nil else { return part.count == record.size ? checksum.headers : [] }
    let ofPart = ObjectChecksum(checksum.kind, wholeOf: record.content.slice(part.range))
    return [(checksum.kind.header, ofPart.text), ("x-amz-checksum-type", checksum.type)]
  }

  private func headers(
    of found: FoundVersion, in contents: BucketContents
  ) -> [(name: String, value: String)] {
    var fields = versionHeader(of: found.entry, at: found.index, in: contents)
    fields += [
      ("ETag", "\"\(found.record.etag)\""),
      ("Last-Modified", found.entry.lastModified.httpDate), ("Accept-Ranges", "bytes"),
    ]
    // S3 leaves the header out for STANDARD.
    if found.record.storageClass > 0 {
      fields.append(
        ("x-amz-storage-class", ObjectModel.storageClasses[found.record.storageClass]))
    }
    fields += contents.archiveHeaders(of: found, at: now) + found.record.head.fields
    if dialect == .aws { fields += found.record.encryption.headers }
    if let tags = contents.tags[contents.place(of: found)], !tags.isEmpty {
      fields.append(("x-amz-tagging-count", String(tags.count)))
    }
    return fields
  }

  /// If-Match and If-None-Match (RFC 9110, 13.1).
  private func checkConditions(
    _ found: FoundVersion, _ fields: [(name: String, value: String)]
  ) throws(S3Error) {
    if let wanted = request.header("if-match"), !names(wanted, found.record.etag) {
      throw .preconditionFailed("If-Match")
    }
    guard let known = request.header("if-none-match"), names(known, found.record.etag) else {
      return
    }
    var error = S3Error(.notModified, "Not Modified")
    error.furtherHeaders = fields.filter { ["ETag", "x-amz-version-id"].contains($0.name) }
    throw error
  }

  /// Whether a condition names an ETag: with quotes or without, one of several, or `*`.
  func names(_ condition: String, _ etag: String) -> Bool {
    condition.split(separator: ",").contains { name in
      let name = name.filter { $0 != " " && $0 != "\"" }
      return name == "*" || name == etag
    }
  }

  /// The part of an object that a request asks for: by Range or by a part's number.
  private func partAsked(of record: ObjectRecord) throws(S3Error) -> PartialRange? {
    if let number = query["partNumber"], !passesOverParts {
      return try part(String(decoding: number, as: UTF8.self), of: record)
    }
    // S3 heeds Range in HEAD, too.
    guard let header = request.header("range"), let asked = ByteRange(header) else { return nil }
    guard let range = asked.resolved(in: record.size) else {
      var error = S3Error(.invalidRange, "The requested range is not satisfiable")
      error.details = [("RangeRequested", header), ("ActualObjectSize", String(record.size))]
      error.furtherHeaders = [("Content-Range", "bytes */\(record.size)")]
      throw error
    }
    return PartialRange(range: range, isUntold: dialect == .rclone)
  }

  /// RGW knows no part numbers, moto only in HEAD.
  private var passesOverParts: Bool {
    switch dialect {
    case .aws: false
    case .rgw, .rclone: true
    case .moto: request.method == "GET"
    }
  }

  private func part(_ text: String, of record: ObjectRecord) throws(S3Error) -> PartialRange? {
    guard request.header("range") == nil else {
      throw S3Error(
        .invalidRequest, "Cannot specify both Range header and partNumber query parameter")
    }
    guard let number = Int(text), (1...10_000).contains(number) else {
      throw S3Error(
        .invalidArgument, "Part number must be an integer between 1 and 10000, inclusive")
    }
    guard let range = record.range(ofPart: number) else {
      var error = S3Error(.invalidPartNumber, "The requested partnumber is not satisfiable")
      error.details = [
        ("PartNumberRequested", text), ("ActualPartCount", String(max(1, record.partSizes.count))),
      ]
      throw error
    }
    // Nothing can be told of a range without bytes.
    return range.isEmpty ? nil : PartialRange(range: range, isOfPart: true)
  }
}

/// Some of an object's bytes, and how they were asked for.
struct PartialRange {
  var range: Range<Int64>
  /// By a part's number.
  var isOfPart = false
  /// As `rclone serve s3` answers: 200 without Content-Range.
  var isUntold = false

  var count: Int64 { range.upperBound - range.lowerBound }

  /// Another range of the same object, as long where there is room; nil where there is no other.
  func moved(by random: UInt64, in size: Int64) -> PartialRange? {
    guard size > 1, count < size || count > 1 else { return nil }
    var other = self
    if count == size {
      other.range = 1..<size
    } else {
      let places = UInt64(size - count)
      let begin = Int64(random % places)
      let other = begin >= range.lowerBound ? begin + 1 : begin
      return PartialRange(range: other..<other + count, isOfPart: isOfPart, isUntold: isUntold)
    }
    return other
  }
}

extension S3Error {
  static func preconditionFailed(_ condition: String) -> S3Error {
    var error = S3Error(
      .preconditionFailed, "At least one of the pre-conditions you specified did not hold")
    error.details = [("Condition", condition)]
    return error
  }
}
