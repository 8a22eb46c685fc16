import Vocabulary

/// One answer to ListObjectVersions: versions and delete markers in the order of keys, in a key the
/// newest first.
struct VersionsPage: ~Copyable {
  /// Each `<Version>` and `<DeleteMarker>` in the order of the listing, one behind the other.
  var entries: ByteBuffer
  /// Where each of them begins.
  private var begins: [Int] = []
  private var markerNumbers: Set<Int> = []
  private var commonPrefixes = ByteBuffer()
  private(set) var commonPrefixCount = 0
  /// Where the next page goes on, the last entry of this one; nil when this is the last.
  var next: Marker?
  /// Claims more without saying where, whatever `next` is.
  var isTruncatedWithoutMarkers = false
  private(set) var last = Last.nothing

  struct Marker {
    var key: [UInt8]
    /// Nil after a common prefix.
    var versionID: [UInt8]?
  }

  /// What was listed last.
  enum Last {
    case nothing
    case entry(VersionRecord, index: Int)
    case commonPrefix([UInt8])

    var entry: (VersionRecord, index: Int)? {
      if case .entry(let entry, let index) = self { (entry, index) } else { nil }
    }
  }

  /// `start`: where the page begins, nil for one with nothing in it.
  init(
    of contents: borrowing BucketContents, for request: VersionsRequest, from start: VersionsStart?
  ) {
    entries = ByteBuffer(capacity: request.entriesMax * 600 + 512)
    guard request.entriesMax > 0, let start else { return }
    let keys = contents.keys
    let end =
      Key(request.prefix).prefixUpperBound.map { keys.firstIndex(atOrAfter: $0) } ?? keys.count
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: KeySpace.scratchBytes) { scratch in
      guard let key = scratch.baseAddress else { return }
      list(contents, from: start, to: end, request, scratch: key)
    }
  }

  var entryCount: Int { begins.count }

  private mutating func list(
    _ contents: borrowing BucketContents, from start: VersionsStart, to end: Int,
    _ request: VersionsRequest, scratch: UnsafeMutablePointer<UInt8>
  ) {
    let keys = contents.keys
    var index = start.index
    var dropsNext = start.dropsFirst
    while index < end, next == nil {
      var history = contents.history(at: index)
      var newest: WriteNumber?
      if dropsNext || (index == start.index && start.through != nil) {
        var whole = history
        newest = whole.next()?.number
      }
      if index == start.index, let through = start.through { history.skip(through: through) }
      if dropsNext, history.next() != nil { dropsNext = false }
      guard let first = history.next() else {
        index += 1
        continue
      }
      let key = UnsafeBufferPointer(start: scratch, count: keys.write(at: index, to: scratch))
      if !request.delimiter.isEmpty,
        let cut = endOfFirst(request.delimiter, in: key, from: request.prefix.count)
      {
        let common = Array(key[..<cut])
        appendCommonPrefix(common, contents, request)
        index = ListPage.index(after: common, isCommonPrefix: true, in: keys)
        continue
      }
      let latest = newest ?? first.number
      var entry: VersionRecord? = first
      while let listed = entry, !isFull(contents, request) {
        append(key, listed, isLatest: listed.number == latest, at: index, contents, request)
        entry = history.next()
      }
      index += 1
    }
  }

  /// Whether there is no room for what comes next; says then where the next page goes on.
  private mutating func isFull(
    _ contents: borrowing BucketContents, _ request: VersionsRequest
  ) -> Bool {
    guard entryCount + commonPrefixCount == request.entriesMax else { return false }
    switch last {
    case .nothing: break
    case .entry(let entry, let index):
      next = Marker(
        key: contents.keys.key(at: index).bytes, versionID: contents.id(of: entry, at: index))
    case .commonPrefix(let common): next = Marker(key: common, versionID: nil)
    }
    return true
  }

  private mutating func appendCommonPrefix(
    _ common: [UInt8], _ contents: borrowing BucketContents, _ request: VersionsRequest
  ) {
    guard !isFull(contents, request) else { return }
    commonPrefixes.append("<CommonPrefixes>")
    commonPrefixes.appendElement("Prefix", common, as: request.keyEncoding)
    commonPrefixes.append("</CommonPrefixes>")
    commonPrefixCount += 1
    last = .commonPrefix(common)
  }

  private mutating func append(
    _ key: UnsafeBufferPointer<UInt8>, _ entry: VersionRecord, isLatest: Bool, at index: Int,
    _ contents: borrowing BucketContents, _ request: VersionsRequest
  ) {
    if entry.attributes == nil { markerNumbers.insert(begins.count) }
    begins.append(entries.count)
    last = .entry(entry, index: index)
    entries.append(entry.attributes == nil ? "<DeleteMarker>" : "<Version>")
    entries.appendElement("Key", key, as: request.keyEncoding)
    entries.reserve(Self.entryBytesMax)
    entries.appendUnchecked("<VersionId>")
    if entry.isNull {
      entries.appendUnchecked("null")
    } else {
      let owner = contents.bucket.model.owner(ofSlot: contents.keys.slot(at: index))
      entries.appendUnchecked { OpaqueID.write(entry.number.rawValue, of: owner, to: $0) }
    }
    entries.appendUnchecked("</VersionId><IsLatest>")
    entries.appendUnchecked(isLatest ? "true" : "false")
    entries.appendUnchecked("</IsLatest><LastModified>")
    entries.appendUnchecked { Digits.dateTimeWithMilliseconds(entry.lastModified, to: $0) }
    entries.appendUnchecked("</LastModified>")
    if let attributes = entry.attributes {
      entries.appendUnchecked("<ETag>&quot;")
      let resolved = contents.bucket.model.resolved(attributes)
      entries.appendUnchecked { resolved.writeETag(to: $0) }
      entries.appendUnchecked("&quot;</ETag><Size>")
      entries.appendUnchecked { Digits.decimal(attributes.size, to: $0) }
      entries.appendUnchecked("</Size>")
      entries.append("<StorageClass>")
      entries.append(ObjectModel.storageClasses[attributes.storageClass])
      entries.append("</StorageClass>")
      if let now = request.restoreStatusAt {
        entries.append(
          contents.restoreStatus(slot: contents.keys.slot(at: index), entry.number, at: now))
      }
    }
    // It cannot be left out here, as it can of objects (API Reference, "ListObjectVersions").
    entries.append("\(S3XML.owner)")
    entries.append(entry.attributes == nil ? "</DeleteMarker>" : "</Version>")
  }

  /// Room for what an entry has between its key and its storage class.
  private static let entryBytesMax = 320
}

extension VersionsPage {
  /// Hands over the XML of every entry and takes what became of it; false leaves the page alone.
  mutating func rewriteEntries(_ change: (inout [[UInt8]]) -> Bool) -> Bool {
    let bytes = entries.bytes
    var parts = begins.enumerated().map { number, begin in
      Array(bytes[begin..<(number + 1 < begins.count ? begins[number + 1] : bytes.count)])
    }
    guard change(&parts) else { return false }
    entries = ByteBuffer(capacity: bytes.count + 1_024)
    begins = []
    markerNumbers = []
    for (number, part) in parts.enumerated() {
      if part.starts(with: "<DeleteMarker>".utf8) { markerNumbers.insert(number) }
      begins.append(entries.count)
      entries.append(part)
    }
    return true
  }

  /// The whole document, laid out as S3 does: what the page is before what is in it.
  consuming func document(bucket: String, for request: VersionsRequest) -> ByteBuffer {
    let encoding = request.keyEncoding
    var xml = ByteBuffer(capacity: entries.count + commonPrefixes.count + 16_384)
    xml.append(S3XML.declaration)
    xml.append("<ListVersionsResult xmlns=\"\(S3XML.namespace)\">")
    xml.appendElement("Name", bucket)
    xml.appendElement("Prefix", request.prefix, as: encoding)
    xml.appendElement("KeyMarker", request.keyMarker, as: encoding)
    xml.appendElement("VersionIdMarker", request.versionIDMarker)
    if let next, !isTruncatedWithoutMarkers {
      xml.appendElement("NextKeyMarker", next.key, as: encoding)
      if let id = next.versionID { xml.appendElement("NextVersionIdMarker", id) }
    }
    xml.appendElement("MaxKeys", request.entriesMax)
    if !request.delimiter.isEmpty {
      xml.appendElement("Delimiter", request.delimiter, as: encoding)
    }
    if request.isURLEncoded { xml.append("<EncodingType>url</EncodingType>") }
    xml.append("<IsTruncated>\(next != nil || isTruncatedWithoutMarkers)</IsTruncated>")
    if request.dialect == .moto, !markerNumbers.isEmpty {
      appendEntries(to: &xml, markers: false)
      appendEntries(to: &xml, markers: true)
    } else {
      xml.append(entries)
    }
    xml.append(commonPrefixes)
    xml.append("</ListVersionsResult>")
    return xml
  }

  /// moto's two blocks: one of versions, one of delete markers.
  private func appendEntries(to xml: inout ByteBuffer, markers: Bool) {
    let bytes = entries.bytes
    for (number, begin) in begins.enumerated() where markerNumbers.contains(number) == markers {
      xml.append(
        Array(bytes[begin..<(number + 1 < begins.count ? begins[number + 1] : bytes.count)]))
    }
  }
}
