#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A file without a name, for bytes that wait on disk: it is gone with its owner, however that ends.
package struct NamelessFile: ~Copyable, Sendable {
  private let folder: String
  private let descriptor: Descriptor

  /// Makes it on the file system of a folder; `name` begins the name that it has for a moment.
  ///
  /// - Throws: `SystemError`, which names the folder, here and below.
  package init(in folder: String, name: String) throws(SystemError) {
    var template = Array("\(folder)/\(name).XXXXXX".utf8CString)
    let number = unsafe mkstemp(&template)
    guard number >= 0 else { throw SystemError("make", folder) }
    unsafe unlink(template)
    descriptor = Descriptor(number)
    self.folder = folder
  }

  package func write(_ bytes: [UInt8], at offset: Int64) throws(SystemError) {
    guard writeAll(bytes.span, to: descriptor.number, at: offset) else {
      throw SystemError("write", folder)
    }
  }

  /// So many bytes, which were written before.
  package func read(_ count: Int, at offset: Int64) throws(SystemError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    guard let done = fill(&bytes, from: descriptor.number, at: offset) else {
      throw SystemError("read", folder)
    }
    guard done == count else { throw SystemError("read", folder, code: EIO) }
    return bytes
  }
}
