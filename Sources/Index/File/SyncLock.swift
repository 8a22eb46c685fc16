#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// The right to write an index: held by one process, and gone with it however it ends.
///
/// It is a lock on the file `INDEX.lock`, which holds the owner's process id for the message that
/// the second one gets. The file itself means nothing: only the operating system's lock does.
package struct SyncLock: ~Copyable, Sendable {
  private let descriptor: Int32
  private let path: String
  /// Whether the file was made for this lock.
  private let isNew: Bool

  /// - Throws: `IndexError.busy` at once, with the holder's process id, when another has it.
  package init(indexPath: String, mode: FileMode? = nil) throws(IndexError) {
    let path = RealPath.of(indexPath) + ".lock"
    let isThere = PrivateFile.exists(at: path)
    descriptor = try Self.lock(path, indexPath: indexPath, mode: mode)
    isNew = !isThere
    self.path = path
    writePID()
  }

  /// The descriptor of the locked file.
  private static func lock(
    _ path: String, indexPath: String, mode: FileMode?
  ) throws(IndexError) -> Int32 {
    while true {
      try PrivateFile.create(at: path, mode: mode)
      let opened = open(path, O_RDWR | O_CLOEXEC)
      guard opened >= 0 else { throw .cannotCreate(path: path, reason: systemMessage()) }
      guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
        let holder = readPID(opened)
        close(opened)
        throw .busy(path: indexPath, pid: holder)
      }
      if isFile(opened, at: path) { return opened }
      // Somebody has removed the file in between: its lock would keep nobody away.
      close(opened)
    }
  }

  deinit {
    close(descriptor)
  }

  /// Removes the file again if it was made for this lock, where there is no index for it in the end.
  func removeIfNew() {
    if isNew { unlink(path) }
  }

  private static func isFile(_ descriptor: Int32, at path: String) -> Bool {
    var opened = stat()
    var named = stat()
    return fstat(descriptor, &opened) == 0 && stat(path, &named) == 0
      && opened.st_ino == named.st_ino && opened.st_dev == named.st_dev
  }

  /// Whether some process holds the right to write an index.
  package enum Holder: Equatable, Sendable {
    case nobody
    /// With its process id, if that could be read.
    case process(Int32?)
  }

  /// Who is writing the index at `path`.
  ///
  /// The lock is taken to find out, and given back at once: a sync that begins in this very moment is
  /// turned away. Ask only when there is a sign of one that runs.
  package static func holder(indexPath path: String) -> Holder {
    let opened = open(RealPath.of(path) + ".lock", O_RDONLY | O_CLOEXEC)
    guard opened >= 0 else { return .nobody }
    defer { close(opened) }
    return flock(opened, LOCK_SH | LOCK_NB) == 0 ? .nobody : .process(readPID(opened))
  }

  /// This process, as other processes see it.
  static var processID: Int32 { getpid() }

  private func writePID() {
    let text = Array("\(Self.processID)\n".utf8)
    // The process id is for a message only; the lock is held whether or not it could be written.
    _ = ftruncate(descriptor, 0)
    _ = pwrite(descriptor, text, text.count, 0)
  }

  private static func readPID(_ descriptor: Int32) -> Int32? {
    var bytes = [UInt8](repeating: 0, count: 20)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    guard count > 0 else { return nil }
    let digits = bytes[..<count].prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
    return Int32(String(decoding: digits, as: UTF8.self))
  }
}
