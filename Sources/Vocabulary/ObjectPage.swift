/// The objects of one LIST answer, without a String or an allocation per object.
///
/// All texts (key, ETag) of a page lie in one byte array; a record points into it. A page of 1000
/// objects is three allocations.
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

  /// Keys and ETags, decoded; an ETag has no quotes.
  package var text: [UInt8] = []
  package var records: [Record] = []
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

  package func storageClass(at index: Int) -> String {
    storageClasses[Int(records[index].storageClass)]
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

  private mutating func index(ofStorageClass name: String) -> UInt8 {
    if let known = storageClasses.firstIndex(of: name) { return UInt8(known) }
    storageClasses.append(name)
    return UInt8(storageClasses.count - 1)
  }
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
