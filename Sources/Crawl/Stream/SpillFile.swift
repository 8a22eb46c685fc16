package import System

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
  /// Nil before something goes to disk.
  private var file: UnnamedFile?
  private var fileBytes = 0

  /// `folder` is not touched before something goes to disk.
  init(folder: String, memoryBytesMax: Int) {
    self.folder = folder
    self.memoryBytesMax = memoryBytesMax
  }

  /// Keeps some bytes.
  ///
  /// - Throws: `SpillError`, such as for a full disk.
  mutating func append(_ bytes: [UInt8]) throws(SpillError) -> Extent {
    if fileBytes == 0, memory.count + bytes.count <= memoryBytesMax {
      defer { memory += bytes }
      return Extent(offset: memory.count, count: bytes.count)
    }
    let extent = Extent(offset: memoryBytesMax + fileBytes, count: bytes.count)
    do throws(SystemError) {
      if file == nil { file = try UnnamedFile(in: folder) }
      try file?.write(bytes, at: Int64(fileBytes))
    } catch {
      throw SpillError(cause: error)
    }
    fileBytes += bytes.count
    return extent
  }

  /// The bytes of an extent.
  func read(_ extent: Extent) throws(SpillError) -> [UInt8] {
    guard extent.offset >= memoryBytesMax else {
      return Array(memory[extent.offset..<extent.offset + extent.count])
    }
    do throws(SystemError) {
      let offset = Int64(extent.offset - memoryBytesMax)
      return try file?.read(extent.count, at: offset) ?? []
    } catch {
      throw SpillError(cause: error)
    }
  }

  /// Forgets all bytes; the next ones are written over them.
  mutating func removeAll() {
    memory.removeAll()
    fileBytes = 0
  }
}

/// A failure of the disk on which a listing waits to be printed in order.
package struct SpillError: Error, Equatable, CustomStringConvertible {
  /// It names the folder as its path.
  package let cause: SystemError

  package init(cause: SystemError) {
    self.cause = cause
  }

  package var description: String { cause.description }

  /// Whether there is no space left.
  package var isDiskFull: Bool { cause.isDiskFull }
}
