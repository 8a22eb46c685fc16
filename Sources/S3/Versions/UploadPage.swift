import AWS
package import Vocabulary

/// One answer to ListMultipartUploads (Amazon S3 API Reference).
///
/// Servers differ in the order: AWS sends a key's uploads by the time they were begun, Ceph RGW by id,
/// moto all in the order in which they were begun.
package struct UploadPage: Equatable, Sendable {
  /// Uploads in a full page.
  static let uploadsMax = 1_000

  package var uploads: [Upload] = []
  /// There is more to list, and `next` says how.
  package var isTruncated = false
  /// Where the listing goes on, decoded; AWS says so on the last page too.
  package var nextKeyMarker: Key?
  package var nextUploadIDMarker: String?

  /// What to ask for next; nil when this is the last page.
  package var next: (key: Key, uploadID: String)? {
    guard isTruncated, let key = nextKeyMarker, let id = nextUploadIDMarker else { return nil }
    return (key, id)
  }

  /// The page has uploads and not a word about what follows: whether there is more has to be asked.
  package var saysNothingOfEnd = false

  /// Whether no more uploads fit into a page.
  package var isFull: Bool { uploads.count >= Self.uploadsMax }

  package init() {}

  /// Reads the body of an answer.
  ///
  /// An upload without Key, UploadId or Initiated is an error; without StorageClass it is `STANDARD`. A
  /// page that says that there is more, and has not both markers, is an error too: it must not pass for the
  /// last. Of one that says nothing, the last upload is what the next page is asked by.
  package init(parsing body: [UInt8]) throws(AnswerError) {
    self = try readAnswer(
      body, root: "ListMultipartUploadsResult",
      orHolding: { $0.contains("Upload") || $0.contains("UploadIdMarker") }
    ) { (scanner) throws(XMLError) in
      try UploadPage(reading: &scanner)
    }
  }

  private init(reading scanner: inout XMLScanner) throws(XMLError) {
    var saysTruncated: Bool?
    var encodingIsURL = false
    var hasOtherNext = false
    while try scanner.nextChild() {
      switch scanner.name {
      case "Upload": uploads.append(try Self.upload(&scanner))
      case "EncodingType": encodingIsURL = try scanner.nextWord() == "url"
      case "CommonPrefixes":
        throw XMLError(offset: scanner.offset, expected: "uploads that are not rolled up")
      default:
        switch scanner.pagingElement {
        case .isTruncated: saysTruncated = try scanner.nextTruth()
        case .nextKeyMarker:
          let bytes = try scanner.textOrSkip().map { scanner.bytes($0) } ?? []
          nextKeyMarker = bytes.isEmpty ? nil : Key(bytes)
        case .nextUploadIDMarker:
          let marker = trimmingBlanks(try scanner.nextStringIfAny() ?? "")
          nextUploadIDMarker = marker.isEmpty ? nil : marker
        case .token, nil:
          try scanner.refuseOtherCases(of: "Upload", "EncodingType", "CommonPrefixes")
          try scanner.skip()
        default: if try scanner.nextSaysAnything() { hasOtherNext = true }
        }
      }
    }
    if encodingIsURL { try decode(scanner.offset) }
    // AWS says where it would go on with the last page too; whoever does not say which is the last means
    // it, as long as there are uploads.
    let goesOn =
      hasOtherNext || nextUploadIDMarker != nil || uploads.count >= Self.uploadsMax
    isTruncated = saysTruncated ?? (goesOn && !uploads.isEmpty)
    let namesNext = hasOtherNext || nextKeyMarker != nil || nextUploadIDMarker != nil
    if saysTruncated == nil, !namesNext, let last = uploads.last {
      (saysNothingOfEnd, isTruncated) = (true, true)
      (nextKeyMarker, nextUploadIDMarker) = (last.key, last.uploadID)
    }
    guard !isTruncated || next != nil else {
      throw XMLError(
        offset: scanner.offset,
        expected: "NextKeyMarker and NextUploadIdMarker where there are more uploads,")
    }
  }

  private mutating func decode(_ end: Int) throws(XMLError) {
    for index in uploads.indices {
      guard percentDecode(&uploads[index].key.bytes, from: 0) else {
        throw XMLError(offset: end, expected: "percent-encoded keys (number \(index + 1))")
      }
    }
    nextKeyMarker = nextKeyMarker?.decodedAsMarker(last: uploads.last?.key)
  }

  private static func upload(_ scanner: inout XMLScanner) throws(XMLError) -> Upload {
    var key: XMLText?
    var id: String?
    var initiated: XMLText?
    var storageClass: String?
    while try scanner.nextChild() {
      switch scanner.name {
      case "Key": key = try scanner.text()
      case "UploadId": id = try scanner.nextWord()
      case "Initiated": initiated = try scanner.text()
      case "StorageClass": storageClass = try scanner.nextWord()
      default: try scanner.skip()
      }
    }
    guard let key, !scanner.bytes(key).isEmpty else {
      throw XMLError(offset: scanner.offset, expected: "a Key in every upload")
    }
    guard let id else {
      throw XMLError(
        offset: scanner.offset, expected: "an UploadId of the key '\(scanner.string(key))',")
    }
    guard let initiated, let time = scanner.withBytes(of: initiated, timestamp) else {
      let written = initiated.map { ", not '\(scanner.string($0).prefix(100))'" } ?? ""
      throw XMLError(
        offset: scanner.offset,
        expected: "a time as Initiated\(written) of the key '\(scanner.string(key))',")
    }
    return Upload(
      key: Key(scanner.bytes(key)), uploadID: id, initiated: time,
      storageClass: storageClass ?? "STANDARD")
  }
}
