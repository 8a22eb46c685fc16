package import Vocabulary

/// A sink that passes a listing on, and has some of it left when the crawl is done.
package protocol ListingSink: CrawlSink {
  /// Passes on what is left; the listing is whole.
  func finish() async throws
}

/// Where the bytes of a listing go, and how its objects become bytes.
package struct ListingOutput: Sendable {
  /// Appends some objects of a page to the bytes.
  package typealias Format = @Sendable (ObjectPage, Range<Int>, inout [UInt8]) throws -> Void
  /// Passes bytes on; it may wait for whoever takes them.
  package typealias Write = @Sendable ([UInt8]) throws -> Void

  let format: Format
  private let write: Write
  private var buffer: [UInt8]

  private static let flushBytes = 256 << 10

  /// `header` comes before the first object, and when there is none.
  package init(
    header: [UInt8], format: @escaping Format, write: @escaping Write
  ) {
    buffer = header
    self.format = format
    self.write = write
  }

  mutating func append(_ page: ObjectPage, _ records: Range<Int>) throws {
    guard !records.isEmpty else { return }
    try format(page, records, &buffer)
    if buffer.count >= Self.flushBytes { try flush() }
  }

  mutating func append(_ bytes: [UInt8]) throws {
    buffer += bytes
    if buffer.count >= Self.flushBytes { try flush() }
  }

  mutating func flush() throws {
    guard !buffer.isEmpty else { return }
    try write(buffer)
    buffer.removeAll(keepingCapacity: true)
  }
}

extension PageCoverage {
  /// The positions in the page of the objects that it tells of a range: pages may reach beyond
  /// both ends.
  package func records(of range: CrawlRange) -> Range<Int> {
    let first = after.isStart ? 0 : page.firstIndex(after: after)
    guard let end = through ?? range.hi else { return first..<page.records.count }
    return first..<max(first, page.firstIndex(after: end))
  }
}

extension ObjectPage {
  /// A number that stands for the key of an object, in this process: two keys have the same once in
  /// 2^64 times.
  func keyHash(at index: Int) -> UInt64 {
    text.withUnsafeBytes { text in
      var hasher = Hasher()
      hasher.combine(bytes: UnsafeRawBufferPointer(rebasing: text[records[index].key.range]))
      return UInt64(bitPattern: Int64(hasher.finalize()))
    }
  }
}
