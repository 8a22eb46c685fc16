/// The objects of one LIST answer, or its versions, without a String or an allocation for each.
///
/// All texts (key, ETag, version id) of a page lie in one byte array; a record points into it. A page
/// of 1000 objects is three allocations.
///
/// A page of versions has a second table beside the records. A key with a delete marker over two
/// versions, and one with a single version:
///
///     records              versions
///     a  0 bytes           3f…  deleteMarker  isLatest
///     a  7 bytes  "e2"     9c…  version
///     a  5 bytes  "e1"     null version
///     b  1 byte   "e3"     71…  version       isLatest
package struct ObjectPage: Equatable, Sendable {
  /// One object.
  ///
  /// Sizes are bytes; `storageClass` indexes `ObjectPage.storageClasses`.
  package struct Record: Equatable, Sendable {
    package var key: Slice
    package var etag: Slice
    package var size: Int64
    package var lastModified: Timestamp
    package var storageClass: UInt8

    package init(
      key: Slice, etag: Slice, size: Int64, lastModified: Timestamp, storageClass: UInt8
    ) {
      self.key = key
      self.etag = etag
      self.size = size
      self.lastModified = lastModified
      self.storageClass = storageClass
    }
  }

  /// What stands in the place of an ETag that nobody told, as of an inventory without that column; a server
  /// that has none sends nothing instead.
  package static let unknownETag = "?"

  /// The id of a version without one: it was written while versioning was not on.
  package static let idOfNone = "null"

  /// What a listing of versions says of an entry besides.
  package struct Version: Equatable, Sendable {
    package enum Kind: Equatable, Sendable { case version, deleteMarker }

    /// The version id, in `ObjectPage.text`; `null` for the version without one.
    package var id: Slice
    package var kind: Kind
    /// Whether the server says that this is what the key holds now.
    package var isLatest: Bool
    /// How far it is on its way back from an archive; nil unless that was asked for and is so.
    package var thaw: ThawProgress?

    package init(id: Slice, kind: Kind, isLatest: Bool, thaw: ThawProgress? = nil) {
      self.id = id
      self.kind = kind
      self.isLatest = isLatest
      self.thaw = thaw
    }
  }

  /// A run of bytes in `ObjectPage.text`.
  package struct Slice: Equatable, Sendable {
    package var offset: UInt32
    package var count: UInt32

    package init(offset: Int, count: Int) {
      self.offset = UInt32(offset)
      self.count = UInt32(count)
    }

    package var range: Range<Int> { Int(offset)..<Int(offset) + Int(count) }
  }

  /// Keys, ETags and version ids, decoded; an ETag has no quotes.
  package var text: [UInt8] = []
  package var records: [Record] = []
  /// What a page of versions says of each record besides: as many as `records`, or none in a page of
  /// objects.
  ///
  /// The record of a delete marker has an empty ETag, no bytes, and the number 0 as its storage class,
  /// which means nothing.
  package var versions: [Version] = []
  /// The names of the storage classes that occur in this page, in order of appearance.
  package var storageClasses: [String] = []

  package init() {}

  package func key(at index: Int) -> Key {
    Key(Array(text[records[index].key.range]))
  }

  package var firstKey: Key? { records.indices.first.map { key(at: $0) } }

  package var lastKey: Key? { records.indices.last.map { key(at: $0) } }

  package func etag(at index: Int) -> String {
    String(decoding: text[records[index].etag.range], as: UTF8.self)
  }

  /// The storage class; empty for a delete marker, which has none.
  package func storageClass(at index: Int) -> String {
    guard versions.isEmpty || versions[index].kind == .version else { return "" }
    return storageClasses[Int(records[index].storageClass)]
  }

  /// The version id of an entry; `null` for the version without one.
  ///
  /// Precondition: a page of versions.
  package func versionID(at index: Int) -> String {
    String(decoding: text[versions[index].id.range], as: UTF8.self)
  }

  /// Appends one object; for the page's makers other than the parser.
  ///
  /// Precondition: at most 256 storage classes in a page.
  package mutating func append(
    key: Key, etag: String, size: Int64, lastModified: Timestamp, storageClass: String
  ) {
    let keySlice = Slice(offset: text.count, count: key.bytes.count)
    text += key.bytes
    let etagSlice = Slice(offset: text.count, count: etag.utf8.count)
    text += etag.utf8
    records.append(
      Record(
        key: keySlice, etag: etagSlice, size: size, lastModified: lastModified,
        storageClass: index(ofStorageClass: storageClass)))
  }

  /// Appends a version or a delete marker; for the page's makers other than the parser.
  ///
  /// What a delete marker has not is left out of it. Precondition: all entries of the page are versions
  /// or markers, with at most 256 storage classes.
  package mutating func append(
    key: Key, versionID: String, kind: Version.Kind, isLatest: Bool, etag: String = "",
    size: Int64 = 0, lastModified: Timestamp, storageClass: String = "STANDARD"
  ) {
    precondition(versions.count == records.count, "a page of versions holds nothing else")
    if kind == .version {
      append(
        key: key, etag: etag, size: size, lastModified: lastModified, storageClass: storageClass)
    } else {
      let keySlice = Slice(offset: text.count, count: key.bytes.count)
      text += key.bytes
      records.append(
        Record(
          key: keySlice, etag: Slice(offset: text.count, count: 0), size: 0,
          lastModified: lastModified, storageClass: 0))
    }
    let id = Slice(offset: text.count, count: versionID.utf8.count)
    text += versionID.utf8
    versions.append(Version(id: id, kind: kind, isLatest: isLatest))
  }

  /// The number of a storage class in this page, which has it from now on.
  ///
  /// Precondition: at most 256 storage classes in a page.
  package mutating func index(ofStorageClass name: String) -> UInt8 {
    if let known = storageClasses.firstIndex(of: name) { return UInt8(known) }
    storageClasses.append(name)
    return UInt8(storageClasses.count - 1)
  }
}

extension Span<UInt8> {
  /// Whether an ETag is none but the sign that nobody told it.
  package var isUnknownETag: Bool { count == 1 && self[0] == UInt8(ascii: "?") }
}

// MARK: - Order

extension ObjectPage {
  /// The position of the first key that does not sort after the one before it; nil when all do.
  package var firstUnorderedIndex: Int? {
    text.withUnsafeBufferPointer { text in
      records.indices.dropFirst().first { index in
        let previous = records[index - 1].key.range
        return !text[previous].lexicographicallyPrecedes(text[records[index].key.range])
      }
    }
  }

  /// The position of the first key that does not begin with `prefix`; nil when all do.
  package func firstIndex(outside prefix: Key) -> Int? {
    guard !prefix.isStart else { return nil }
    return text.withUnsafeBufferPointer { text in
      records.indices.first { !text[records[$0].key.range].starts(with: prefix.bytes) }
    }
  }
}
