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
/// the second one gets. The file itself means nothing: only the operating system's lock does. A file of
/// that name which is somebody else's is neither written nor locked.
package struct SyncLock: ~Copyable, Sendable {
  private let descriptor: Int32
  private let path: String
  /// Whether the file was made for this lock.
  private let isNew: Bool

  /// - Throws: `IndexError.busy` at once, with the holder's process id, when another has it;
  ///   `IndexError.foreignFile` for a file that is no lock of an index.
  package init(indexPath: String, mode: FileMode? = nil) throws(IndexError) {
    let path = RealPath.of(indexPath) + ".lock"
    try PrivateFile.createFolder(of: path, mode: mode)
    let (opened, isNew) = try Self.lock(path, indexPath: indexPath)
    if Self.mayWrite(opened, indexPath: indexPath) {
      if let mode, fchmod(opened, mode_t(mode.bits)) != 0 {
        let reason = "its mode cannot be set: \(systemMessage())"
        close(opened)
        throw .cannotCreate(path: path, reason: reason)
      }
      Self.writePID(into: opened)
    }
    descriptor = opened
    self.isNew = isNew
    self.path = path
  }

  /// The descriptor of the locked file, and whether the file was made for it.
  private static func lock(
    _ path: String, indexPath: String
  ) throws(IndexError) -> (descriptor: Int32, isNew: Bool) {
    while true {
      let (opened, isNew) = try openOrMake(path, indexPath: indexPath)
      guard let opened else { continue }
      // Asked before the lock is: a file of others may be locked by them.
      guard LockContent(of: opened) != .other else {
        close(opened)
        throw .foreignFile(path: path, indexPath: indexPath)
      }
      guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
        let (isHeld, reason) = (errno == EWOULDBLOCK, systemMessage())
        let holder = LockContent(of: opened).pid
        close(opened)
        guard isHeld else { throw .cannotLock(path: path, reason: reason) }
        throw .busy(path: indexPath, pid: holder)
      }
      if isFile(opened, at: path) { return (opened, isNew) }
      // Somebody has removed the file in between: its lock would keep nobody away.
      close(opened)
    }
  }

  /// Opens the file or makes it; the descriptor is nil where it was removed in between.
  private static func openOrMake(
    _ path: String, indexPath: String
  ) throws(IndexError) -> (descriptor: Int32?, isNew: Bool) {
    let flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
    switch PrivateFile.ownKind(at: path) {
    case nil:
      let made = open(path, flags | O_CREAT | O_EXCL, 0o600)
      guard made < 0 else { return (made, true) }
      guard errno == EEXIST else { throw .cannotCreate(path: path, reason: systemMessage()) }
      return (nil, false)
    case .other: throw .foreignFile(path: path, indexPath: indexPath)
    case .plain:
      let opened = open(path, flags)
      guard opened < 0 else { return (opened, false) }
      guard errno == ENOENT || errno == ELOOP else {
        throw .cannotLock(path: path, reason: systemMessage())
      }
      return (nil, false)
    }
  }

  /// Whether the file's content is this program's to change.
  ///
  /// A bare number, which locks of older versions hold, may be another program's where there is no index.
  private static func mayWrite(_ descriptor: Int32, indexPath: String) -> Bool {
    switch LockContent(of: descriptor) {
    case .empty, .owner: true
    case .number: PrivateFile.bytes(at: indexPath) ?? 0 > 0
    case .shared, .other: false
    }
  }

  deinit {
    close(descriptor)
  }

  /// Removes the file again if it was made for this lock, where there is no index for it in the end.
  func removeIfNew() {
    if isNew, Self.isFile(descriptor, at: path) { unlink(path) }
  }

  private static func isFile(_ descriptor: Int32, at path: String) -> Bool {
    var opened = stat()
    var named = stat()
    return fstat(descriptor, &opened) == 0 && lstat(path, &named) == 0
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
    let path = RealPath.of(path) + ".lock"
    guard PrivateFile.ownKind(at: path) == .plain else { return .nobody }
    let opened = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard opened >= 0 else { return .nobody }
    defer { close(opened) }
    let content = LockContent(of: opened)
    guard content != .other, flock(opened, LOCK_SH | LOCK_NB) != 0, errno == EWOULDBLOCK else {
      return .nobody
    }
    return .process(content.pid)
  }

  /// What keeps an index at `path` from being locked; nil where nothing does.
  package static func obstacle(indexPath path: String) -> IndexError? {
    let lock = RealPath.of(path) + ".lock"
    let foreign = IndexError.foreignFile(path: lock, indexPath: path)
    guard let kind = PrivateFile.ownKind(at: lock) else { return nil }
    guard kind == .plain else { return foreign }
    let opened = open(lock, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard opened >= 0 else { return .cannotLock(path: lock, reason: systemMessage()) }
    defer { close(opened) }
    return LockContent(of: opened) == .other ? foreign : nil
  }

  /// This process, as other processes see it.
  static var processID: Int32 { getpid() }

  private static func writePID(into descriptor: Int32) {
    let text = LockContent.text(ofOwner: processID)
    // The process id is for a message only; the lock is held whether or not it could be written.
    _ = ftruncate(descriptor, 0)
    _ = pwrite(descriptor, text, text.count, 0)
  }
}

/// What is in a file at the place of a lock.
private enum LockContent: Equatable {
  /// As a lock is between being made and being written.
  case empty
  /// The process id of who has it, or had it last.
  case owner(Int32)
  /// A number and no more.
  case number
  /// One of these in a file that has other names too, by which somebody may look at it.
  case shared
  /// Anything else: it is somebody else's file.
  case other

  private static let mark = "s3audit "
  private static let bytesMax = 32

  static func text(ofOwner pid: Int32) -> [UInt8] { Array("\(mark)\(pid)\n".utf8) }

  init(of descriptor: Int32) {
    var bytes = [UInt8](repeating: 0, count: Self.bytesMax)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    guard count >= 0 else {
      self = .other
      return
    }
    self.init(bytes[..<count])
    var status = stat()
    if self != .other, fstat(descriptor, &status) == 0, status.st_nlink > 1 { self = .shared }
  }

  private init(_ bytes: ArraySlice<UInt8>) {
    guard !bytes.isEmpty else {
      self = .empty
      return
    }
    let isMarked = bytes.starts(with: Self.mark.utf8)
    var digits = isMarked ? bytes.dropFirst(Self.mark.utf8.count) : bytes
    if digits.last == UInt8(ascii: "\n") { digits.removeLast() }
    let isNumber = digits.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    guard isNumber, let pid = Int32(String(decoding: digits, as: UTF8.self)) else {
      self = .other
      return
    }
    self = isMarked ? .owner(pid) : .number
  }

  /// Nil where it is not known to be that of a sync.
  var pid: Int32? {
    if case .owner(let pid) = self { pid } else { nil }
  }
}
