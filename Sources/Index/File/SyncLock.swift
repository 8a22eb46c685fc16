internal import System
internal import Vocabulary

/// The right to write an index: held by one process, and gone with it however it ends.
///
/// It is a lock on the file `INDEX.lock`, which holds the owner's process id for the message that
/// the second one gets. The file itself means nothing: only the operating system's lock does. A file of
/// that name which is somebody else's is neither written nor locked.
package struct SyncLock: ~Copyable, Sendable {
  private let file: LockFile
  private let path: String
  /// Whether the file was made for this lock.
  private let isNew: Bool

  /// - Throws: `IndexError.busy` at once, with the holder's process id, when another has it;
  ///   `IndexError.foreignFile` for a file that is no lock of an index.
  package init(indexPath: String, mode: FileMode? = nil) throws(IndexError) {
    let path = RealPath.of(indexPath) + ".lock"
    try PrivateFile.createFolder(of: path, mode: mode)
    let found = try Self.lock(path, indexPath: indexPath)
    if Self.mayWrite(found.file, indexPath: indexPath) {
      try Self.write(mode, into: found.file, path)
    }
    isNew = found.isNew
    file = found.file
    self.path = path
  }

  /// A file at the place of the lock, open.
  private struct Opened: ~Copyable {
    let file: LockFile
    /// Whether it was made for the lock.
    let isNew: Bool
  }

  /// The locked file.
  private static func lock(_ path: String, indexPath: String) throws(IndexError) -> Opened {
    while true {
      guard let opened = try openOrMake(path, indexPath: indexPath) else { continue }
      // Asked before the lock is: a file of others may be locked by them.
      guard LockContent(of: opened.file) != .other else {
        throw .foreignFile(path: path, indexPath: indexPath)
      }
      let isLocked: Bool
      do throws(SystemError) {
        isLocked = try opened.file.lock(.alone)
      } catch {
        throw .cannotLock(path: path, reason: error.reason)
      }
      guard isLocked else { throw .busy(path: indexPath, pid: LockContent(of: opened.file).pid) }
      // Else somebody has removed the file in between: its lock would keep nobody away.
      if opened.file.isInItsPlace { return opened }
    }
  }

  /// Opens the file or makes it; nil where it was made or removed in between.
  private static func openOrMake(
    _ path: String, indexPath: String
  ) throws(IndexError) -> Opened? {
    switch PrivateFile.ownKind(at: path) {
    case nil:
      do throws(SystemError) {
        return Opened(file: try LockFile(making: path), isNew: true)
      } catch {
        guard error.isThereAlready else { throw .cannotCreate(path: path, reason: error.reason) }
        return nil
      }
    case .other: throw .foreignFile(path: path, indexPath: indexPath)
    case .plain:
      do throws(SystemError) {
        return Opened(file: try LockFile(opening: path), isNew: false)
      } catch {
        guard error.isMissing || error.isLink else {
          throw .cannotLock(path: path, reason: error.reason)
        }
        return nil
      }
    }
  }

  /// Whether the file's content is this program's to change.
  ///
  /// A bare number, which locks of older versions hold, may be another program's where there is no index.
  private static func mayWrite(_ file: borrowing LockFile, indexPath: String) -> Bool {
    switch LockContent(of: file) {
    case .empty, .owner: true
    case .number: PrivateFile.bytes(at: indexPath) ?? 0 > 0
    case .shared, .other: false
    }
  }

  private static func write(
    _ mode: FileMode?, into file: borrowing LockFile, _ path: String
  ) throws(IndexError) {
    do throws(SystemError) {
      if let mode { try file.setMode(mode.bits) }
    } catch {
      throw .cannotCreate(path: path, reason: "its mode cannot be set: \(error.reason)")
    }
    // The process id is for a message only; the lock is held whether or not it could be written.
    try? file.replaceContent(with: LockContent.text(ofOwner: ThisProcess.id))
  }

  /// Removes the file again if it was made for this lock, where there is no index for it in the end.
  func removeIfNew() {
    // An empty lock that stays behind keeps nobody away.
    if isNew, file.isInItsPlace { try? FileSystem.remove(path) }
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
    // A file that cannot be opened or locked shows nobody, and is no reason to fail: a sync that begins says
    // what is wrong with it.
    guard let file = try? LockFile(opening: path, isReadOnly: true) else { return .nobody }
    let content = LockContent(of: file)
    guard content != .other, let isFree = try? file.lock(.shared), !isFree else { return .nobody }
    return .process(content.pid)
  }

  /// What keeps an index at `path` from being locked; nil where nothing does.
  package static func obstacle(indexPath path: String) -> IndexError? {
    let lock = RealPath.of(path) + ".lock"
    let foreign = IndexError.foreignFile(path: lock, indexPath: path)
    guard let kind = PrivateFile.ownKind(at: lock) else { return nil }
    guard kind == .plain else { return foreign }
    do throws(SystemError) {
      return LockContent(of: try LockFile(opening: lock)) == .other ? foreign : nil
    } catch {
      return .cannotLock(path: lock, reason: error.reason)
    }
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

  init(of file: borrowing LockFile) {
    guard let bytes = file.firstBytes(Self.bytesMax) else {
      self = .other
      return
    }
    self.init(bytes[...])
    if self != .other, let names = file.status?.nameCount, names > 1 { self = .shared }
  }

  private init(_ bytes: ArraySlice<UInt8>) {
    guard !bytes.isEmpty else {
      self = .empty
      return
    }
    let isMarked = bytes.starts(with: Self.mark.utf8)
    var digits = isMarked ? bytes.dropFirst(Self.mark.utf8.count) : bytes
    if digits.last == UInt8(ascii: "\n") { digits.removeLast() }
    let isNumber = digits.allSatisfy(\.isASCIIDigit)
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
