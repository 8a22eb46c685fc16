import System

/// Bytes that grow, in memory of malloc so that the HTTP library can take them over and free them.
///
/// An array would do, at twice the cost an object: every append checks uniqueness and capacity.
/// Here one `reserve` serves a whole object.
@safe struct ByteBuffer: ~Copyable {
  private var base: UnsafeMutablePointer<UInt8>
  private(set) var count = 0
  private var capacity: Int

  init(capacity: Int = 256) {
    self.capacity = max(capacity, 16)
    base = ForeignMemory.allocate(self.capacity)
  }

  init(_ text: String) {
    self.init(capacity: text.utf8.count)
    append(text)
  }

  deinit { ForeignMemory.deallocate(base) }

  /// A copy of the bytes.
  var bytes: [UInt8] { Array(UnsafeBufferPointer(start: base, count: count)) }

  /// Makes room for `extra` more bytes, which the `…Unchecked` calls may then write.
  @inline(__always)
  mutating func reserve(_ extra: Int) {
    if capacity &- count < extra { grow(by: extra) }
  }

  /// Gives up the memory: whoever takes it calls free().
  consuming func take() -> UnsafeMutableBufferPointer<UInt8> {
    let taken = UnsafeMutableBufferPointer(start: base, count: count)
    discard self
    return taken
  }

  @inline(__always)
  mutating func append(_ byte: UInt8) {
    reserve(1)
    appendUnchecked(byte)
  }

  mutating func append(_ text: String) {
    var text = text
    text.withUTF8 { append($0) }
  }

  mutating func append(_ bytes: [UInt8]) {
    bytes.withUnsafeBufferPointer { append($0) }
  }

  mutating func append(_ other: borrowing ByteBuffer) {
    append(UnsafeBufferPointer(start: other.base, count: other.count))
  }

  mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard let start = bytes.baseAddress else { return }
    reserve(bytes.count)
    (base + count).initialize(from: start, count: bytes.count)
    count += bytes.count
  }

  @inline(__always)
  mutating func appendUnchecked(_ byte: UInt8) {
    base[count] = byte
    count &+= 1
  }

  @inline(__always)
  mutating func appendUnchecked(_ text: StaticString) {
    (base + count).initialize(from: text.utf8Start, count: text.utf8CodeUnitCount)
    count &+= text.utf8CodeUnitCount
  }

  @inline(__always)
  mutating func appendUnchecked(_ bytes: UnsafePointer<UInt8>, count length: Int) {
    (base + count).initialize(from: bytes, count: length)
    count &+= length
  }

  /// Lends the unwritten end, which has the reserved room; the body returns how much it wrote.
  @inline(__always)
  mutating func appendUnchecked(with body: (UnsafeMutablePointer<UInt8>) -> Int) {
    count &+= body(base + count)
  }

  /// Lends the bytes from `start` on.
  @inline(__always)
  func withBytes<Result>(from start: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result
  {
    body(UnsafeBufferPointer(start: base + start, count: count - start))
  }

  private mutating func grow(by extra: Int) {
    capacity = max(capacity * 2, count + extra)
    let larger = ForeignMemory.allocate(capacity)
    larger.initialize(from: base, count: count)
    ForeignMemory.deallocate(base)
    base = larger
  }
}
