#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Bytes that wait on disk, in a file without a name: it is gone with its owner, however that ends.
///
/// The first few wait in memory, so that a short listing needs no disk.
struct SpillFile: ~Copyable {
  /// Where bytes wait.
  struct Extent: Equatable, Sendable {
    /// Counted from the first byte in memory; the bytes of the file come after those.
    var offset: Int
    var count: Int
  }

  private let folder: String
  private let memoryBytesMax: Int
  private var memory: [UInt8] = []
  private var descriptor: Int32 = -1
  private var fileBytes = 0

  /// `folder` is not touched before something goes to disk.
  init(folder: String, memoryBytesMax: Int) {
    self.folder = folder
    self.memoryBytesMax = memoryBytesMax
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  /// Keeps some bytes.
  ///
  /// - Throws: `SpillError`, such as for a full disk.
  mutating func append(_ bytes: [UInt8]) throws(SpillError) -> Extent {
    if fileBytes == 0, memory.count + bytes.count <= memoryBytesMax {
      defer { memory += bytes }
      return Extent(offset: memory.count, count: bytes.count)
    }
    if descriptor < 0 { descriptor = try open() }
    let extent = Extent(offset: memoryBytesMax + fileBytes, count: bytes.count)
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        pwrite(
          descriptor, buffer.baseAddress.map { $0 + done }, bytes.count - done,
          off_t(fileBytes + done))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw error("write") }
      done += count
    }
    fileBytes += bytes.count
    return extent
  }

  /// The bytes of an extent.
  func read(_ extent: Extent) throws(SpillError) -> [UInt8] {
    guard extent.offset >= memoryBytesMax else {
      return Array(memory[extent.offset..<extent.offset + extent.count])
    }
    var bytes = [UInt8](repeating: 0, count: extent.count)
    var done = 0
    while done < extent.count {
      let count = bytes.withUnsafeMutableBytes { buffer in
        pread(
          descriptor, buffer.baseAddress.map { $0 + done }, extent.count - done,
          off_t(extent.offset - memoryBytesMax + done))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw error("read") }
      done += count
    }
    return bytes
  }

  /// Forgets all bytes; the next ones are written over them.
  mutating func removeAll() {
    memory.removeAll()
    fileBytes = 0
  }

  private func open() throws(SpillError) -> Int32 {
    var template = Array("\(folder)/s3audit.XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else { throw error("make") }
    unlink(template)
    return descriptor
  }

  private func error(_ operation: String) -> SpillError {
    SpillError(
      operation: operation, folder: folder, code: errno, reason: String(cString: strerror(errno)))
  }
}

/// A failure of the disk on which a listing waits to be printed in order.
package struct SpillError: Error, Equatable, CustomStringConvertible {
  var operation: String
  var folder: String
  var code: Int32
  var reason: String

  package var description: String { "cannot \(operation) a temporary file in \(folder): \(reason)" }

  /// Whether there is no space left.
  package var isDiskFull: Bool { code == ENOSPC }
}
