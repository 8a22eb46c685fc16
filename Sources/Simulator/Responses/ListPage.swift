import Vocabulary

/// One answer to ListObjectsV2, written straight as XML.
///
/// Every object costs a few memory copies and no String: pages are made faster than a client reads
/// them.
struct ListPage: ~Copyable {
  var contents: ByteBuffer
  private(set) var commonPrefixes = ByteBuffer()
  /// Objects in this page, without those under common prefixes.
  var objectCount = 0
  private(set) var commonPrefixCount = 0
  /// Nil when this is the last page.
  var next: ContinuationToken?
  /// Claims more without saying where, whatever `next` is.
  var isTruncatedWithoutToken = false

  /// `from`: where the page begins, when that is not where the request wants it.
  init(of bucket: borrowing BucketContents, for request: ListRequest, from first: Int? = nil) {
    contents = ByteBuffer(capacity: request.keysMax * 300 + 512)
    guard request.keysMax > 0 else { return }
    let keys = bucket.keys
    let end = Key(request.prefix).prefixUpperBound.map { keys.firstIndex(atOrAfter: $0) }
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: KeySpace.scratchBytes) { scratch in
      guard let key = scratch.baseAddress else { return }
      list(
        bucket, from: first ?? Self.firstIndex(in: keys, for: request), to: end ?? keys.count,
        request, scratch: key)
    }
  }

  /// A page of `keysMax` keys at most, with nothing in it yet.
  init(keysMax: Int) {
    contents = ByteBuffer(capacity: keysMax * 300 + 512)
  }

  /// Where this request's page begins.
  static func firstIndex(in keys: BucketKeys, for request: ListRequest) -> Int {
    let first = keys.firstIndex(atOrAfter: Key(request.prefix))
    if let token = request.token {
      return max(first, index(after: token.last, isCommonPrefix: token.isCommonPrefix, in: keys))
    }
    guard !request.startAfter.isEmpty else { return first }
    // A marker that is itself a common prefix is behind us with everything under it: version one
    // has no other way to go on after one.
    let isCommonPrefix =
      !request.delimiter.isEmpty && request.startAfter.starts(with: request.prefix)
      && request.startAfter.count > request.prefix.count
      && endOfFirst(request.delimiter, in: request.startAfter, from: request.prefix.count)
        == request.startAfter.count
    return max(first, index(after: request.startAfter, isCommonPrefix: isCommonPrefix, in: keys))
  }

  static func index(after last: [UInt8], isCommonPrefix: Bool, in keys: BucketKeys) -> Int {
    guard isCommonPrefix else { return keys.firstIndex(after: Key(last)) }
    return Key(last).prefixUpperBound.map { keys.firstIndex(atOrAfter: $0) } ?? keys.count
  }

  private mutating func list(
    _ bucket: borrowing BucketContents, from first: Int, to end: Int, _ request: ListRequest,
    scratch key: UnsafeMutablePointer<UInt8>
  ) {
    let keys = bucket.keys
    var index = first
    var last = Last.nothing
    while index < end {
      guard let attributes = bucket.current(at: index) else {
        index &+= 1
        continue
      }
      if objectCount &+ commonPrefixCount == request.keysMax {
        next = last.token(in: keys)
        return
      }
      let text = UnsafeBufferPointer(start: key, count: keys.write(at: index, to: key))
      if !request.delimiter.isEmpty,
        let cut = endOfFirst(request.delimiter, in: text, from: request.prefix.count)
      {
        let common = Array(text[..<cut])
        appendCommonPrefix(common, isURLEncoded: request.isURLEncoded)
        last = .commonPrefix(common)
        index = Self.index(after: common, isCommonPrefix: true, in: keys)
      } else {
        append(
          text, bucket.bucket.model.resolved(attributes), request, isPlain: keys.isPlain,
          restoreStatus: request.restoreStatusAt.map { bucket.restoreStatus(at: index, $0) })
        last = .object(index: index)
        index &+= 1
      }
    }
  }

  /// What was listed last; a key is only written out again when a token needs it.
  private enum Last {
    case nothing
    case object(index: Int)
    case commonPrefix([UInt8])

    func token(in keys: BucketKeys) -> ContinuationToken? {
      switch self {
      case .nothing: nil
      case .object(let index):
        ContinuationToken(after: keys.key(at: index).bytes, isCommonPrefix: false)
      case .commonPrefix(let common): ContinuationToken(after: common, isCommonPrefix: true)
      }
    }
  }

  private mutating func appendCommonPrefix(_ common: [UInt8], isURLEncoded: Bool) {
    commonPrefixes.append("<CommonPrefixes>")
    commonPrefixes.appendElement("Prefix", common, urlEncoded: isURLEncoded)
    commonPrefixes.append("</CommonPrefixes>")
    commonPrefixCount += 1
  }

  /// Room for everything in `<Contents>` but the key.
  private static let objectBytesMax = 512

  @inline(__always)
  mutating func append(
    _ key: UnsafeBufferPointer<UInt8>, _ attributes: ObjectModel.Attributes,
    _ request: ListRequest, isPlain: Bool, restoreStatus: String? = nil
  ) {
    contents.reserve(Self.objectBytesMax + key.count * (isPlain ? 1 : Escaping.growthMax))
    contents.appendUnchecked("<Contents><Key>")
    if isPlain, let base = key.baseAddress {
      contents.appendUnchecked(base, count: key.count)
    } else if request.isURLEncoded {
      Escaping.appendURL(key, to: &contents)
    } else {
      Escaping.appendXML(key, to: &contents)
    }
    contents.appendUnchecked("</Key><LastModified>")
    contents.appendUnchecked { Digits.dateTimeWithMilliseconds(attributes.lastModified, to: $0) }
    contents.appendUnchecked("</LastModified><ETag>&quot;")
    contents.appendUnchecked { attributes.writeETag(to: $0) }
    contents.appendUnchecked("&quot;</ETag><Size>")
    contents.appendUnchecked { Digits.decimal(attributes.size, to: $0) }
    contents.appendUnchecked("</Size>")
    if request.namesOwner { contents.appendUnchecked(S3XML.owner) }
    if let restoreStatus {
      contents.append(restoreStatus)
      contents.reserve(Self.objectBytesMax)
    }
    contents.appendUnchecked(Self.classXML[attributes.storageClass])
    objectCount &+= 1
  }

  private static let classXML: [StaticString] = [
    "<StorageClass>STANDARD</StorageClass></Contents>",
    "<StorageClass>STANDARD_IA</StorageClass></Contents>",
    "<StorageClass>INTELLIGENT_TIERING</StorageClass></Contents>",
    "<StorageClass>GLACIER_IR</StorageClass></Contents>",
    "<StorageClass>GLACIER</StorageClass></Contents>",
    "<StorageClass>DEEP_ARCHIVE</StorageClass></Contents>",
    "<StorageClass>ONEZONE_IA</StorageClass></Contents>",
  ]
}

extension ListPage {
  /// The whole document, laid out as S3 does: what the page is before what is in it.
  consuming func document(bucket: String, for request: ListRequest) -> ByteBuffer {
    let isEncoded = request.isURLEncoded
    var xml = ByteBuffer(capacity: contents.count + commonPrefixes.count + 16_384)
    xml.append(S3XML.declaration)
    xml.append("<ListBucketResult xmlns=\"\(S3XML.namespace)\">")
    xml.appendElement("Name", bucket)
    xml.appendElement("Prefix", request.prefix, urlEncoded: isEncoded)
    switch request.version {
    case .one:
      xml.appendElement("Marker", request.startAfter, urlEncoded: isEncoded)
      // Only with a delimiter (ListObjects, "NextMarker"); else the last key is the next marker.
      if let next, !request.delimiter.isEmpty {
        xml.appendElement("NextMarker", next.last, urlEncoded: isEncoded)
      }
    case .two:
      if !request.startAfter.isEmpty {
        xml.appendElement("StartAfter", request.startAfter, urlEncoded: isEncoded)
      }
      if request.token != nil { xml.appendElement("ContinuationToken", request.tokenText) }
      if let next { xml.appendElement("NextContinuationToken", next.text) }
      xml.appendElement("KeyCount", objectCount + commonPrefixCount)
    }
    xml.appendElement("MaxKeys", request.keysMax)
    if !request.delimiter.isEmpty {
      xml.appendElement("Delimiter", request.delimiter, urlEncoded: isEncoded)
    }
    if isEncoded { xml.append("<EncodingType>url</EncodingType>") }
    xml.append("<IsTruncated>\(next != nil || isTruncatedWithoutToken)</IsTruncated>")
    xml.append(contents)
    xml.append(commonPrefixes)
    xml.append("</ListBucketResult>")
    return xml
  }
}

/// The end of the first occurrence of `part` at or after `start`; nil when there is none.
func endOfFirst(
  _ part: [UInt8], in text: some RandomAccessCollection<UInt8>, from start: Int
) -> Int? {
  guard text.count - start >= part.count else { return nil }
  var position = start
  while position <= text.count - part.count {
    let from = text.index(text.startIndex, offsetBy: position)
    if text[from...].starts(with: part) { return position + part.count }
    position += 1
  }
  return nil
}
