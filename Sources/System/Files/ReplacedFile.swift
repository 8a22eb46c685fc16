internal import CSystem

#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A file that is written anew beside the one it replaces: whoever opens the name finds the old bytes or all
/// of the new ones, whenever the writing ends.
///
/// What is no plain file, such as a pipe or `/dev/stdout`, has nothing to lose and is written to directly. A
/// link is followed: the file that it leads to is replaced.
package struct ReplacedFile: ~Copyable {
  /// As the user named it.
  private let path: String
  /// Where the bytes go until they are whole; nil where they go to their place at once.
  private var temporary: String?
  private let place: String
  private let descriptor: Descriptor

  /// - Throws: `SystemError`; for a folder, too.
  package init(_ path: String) throws(SystemError) {
    self.path = path
    let status = FileStatus.read { unsafe stat(path, $0) }
    if let status, status.kind != .file {
      temporary = nil
      place = path
      guard let number = uninterrupted({ unsafe open(path, O_WRONLY | O_CLOEXEC) }) else {
        throw SystemError("write", path)
      }
      descriptor = Descriptor(number)
      return
    }
    place = status == nil ? path : Self.end(ofLinks: path)
    var template = Array("\(place).XXXXXX".utf8CString)
    let made = unsafe template.withUnsafeMutableBufferPointer { name in
      unsafe name.baseAddress.map { unsafe mkstemp($0) } ?? -1
    }
    guard made >= 0 else { throw SystemError("write", path) }
    temporary = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    descriptor = Descriptor(made)
    _ = fcntl(made, F_SETFD, FD_CLOEXEC)
  }

  deinit {
    if let temporary { _ = unsafe unlink(temporary) }
  }

  /// The file that a name leads to, through any links; the name itself where that cannot be told.
  private static func end(ofLinks path: String) -> String {
    guard let name = unsafe realpath(path, nil) else { return path }
    defer { unsafe free(name) }
    return unsafe String(cString: name)
  }

  /// Appends all bytes.
  package func write(_ bytes: [UInt8]) throws(SystemError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes { bytes in
        uninterrupted { unsafe Self.write(descriptor.number, bytes) }
      }
      guard let count else { throw SystemError("write", path) }
      rest = rest.dropFirst(count)
    }
  }

  /// Puts the file on the disk and in its place.
  package mutating func finish() throws(SystemError) {
    guard let temporary else { return }
    let old = FileStatus.read { unsafe stat(place, $0) }
    let mode = old == nil ? mode_t(0o666) & ~WritableFile.umask : Self.mode(of: place)
    _ = fchmod(descriptor.number, mode)
    guard uninterrupted({ fsync(descriptor.number) }) != nil,
      unsafe rename(temporary, place) == 0
    else { throw SystemError("write", path) }
    self.temporary = nil
  }

  /// The permissions of the file that is replaced.
  private static func mode(of path: String) -> mode_t {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return 0o644 }
    return status.st_mode & 0o777
  }

  private static func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
    #if canImport(Darwin)
      unsafe Darwin.write(descriptor, bytes.baseAddress, bytes.count)
    #elseif canImport(Glibc)
      unsafe Glibc.write(descriptor, bytes.baseAddress, bytes.count)
    #else
      unsafe Musl.write(descriptor, bytes.baseAddress, bytes.count)
    #endif
  }
}
