#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A new file that takes the place of another all at once, or leaves no trace: whoever opens the name finds
/// the old bytes or all of the new ones, whenever the writing ends.
///
/// It is opened beside the other before there is anything to write, so that what cannot be written is known
/// before a token is used up, or hours of work are.
///
/// ```swift
/// let file = try FileReplacement(of: "/home/me/.aws/sso/cache/a.json", access: .owner)
/// // … ask for a new token …
/// try file.write(token)
/// try file.commit()
/// ```
package struct FileReplacement: ~Copyable {
  /// Who may read the new file.
  package enum Access: Sendable {
    /// Its owner alone, whoever could read the old one; where the name is a link, the link is replaced. For
    /// tokens.
    case owner
    /// Who could read the old one, or may read what its user makes. A link is followed: the file that it
    /// leads to is replaced. What is no plain file, such as a pipe or `/dev/stdout`, has nothing to lose and
    /// is written to directly.
    case kept
    /// Everybody, whatever the user's files are like; where the name is a link, the link is replaced. The bytes
    /// are in a hidden file until they are whole. For files that another program picks up from a folder.
    case everyone
  }

  /// As the user named it.
  private let path: String
  private let access: Access
  /// What is replaced: `path` without links.
  private let place: String
  /// Where the bytes go until they are whole; nil where they go to their place at once.
  private let temporaryPath: String?
  private let descriptor: Descriptor

  /// - Throws: `SystemError` where no file can be made, as of a folder; the folder of the path must exist.
  package init(of path: String, access: Access = .kept) throws(SystemError) {
    let isDirect = access == .kept && !Self.isReplaceable(path)
    let place = access != .kept || isDirect ? path : RealPath.of(path)
    let temporaryPath =
      isDirect ? nil : Self.temporaryPath(beside: place, isHidden: access == .everyone)
    let flags = O_WRONLY | O_CLOEXEC | (isDirect ? 0 : O_CREAT | O_EXCL)
    guard let number = uninterrupted({ unsafe open(temporaryPath ?? place, flags, 0o600) }) else {
      throw SystemError("write", path)
    }
    (self.path, self.access, self.place) = (path, access, place)
    self.temporaryPath = temporaryPath
    descriptor = Descriptor(number)
  }

  private static func temporaryPath(beside place: String, isHidden: Bool) -> String {
    let chance = String(UInt64.random(in: .min ... .max), radix: 36)
    guard isHidden else { return "\(place).\(chance).tmp" }
    let name = FileSystem.name(of: place)
    return "\(place.dropLast(name.count)).\(name).\(chance).tmp"
  }

  deinit {
    // After a commit there is nothing of that name.
    if let temporaryPath { _ = unsafe unlink(temporaryPath) }
  }

  /// Finds out now whether a file could be replaced later on; nothing is left of that.
  ///
  /// - Throws: `SystemError` where it could not. A pipe or a device is not tried: whoever reads it would see
  ///   its end.
  package static func tryOut(_ path: String, access: Access = .kept) throws(SystemError) {
    if FileSystem.status(of: path)?.kind == .folder { throw .folder("write", path) }
    if access != .kept || isReplaceable(path) { _ = try FileReplacement(of: path, access: access) }
  }

  /// Whether there is a plain file at a path, or nothing.
  private static func isReplaceable(_ path: String) -> Bool {
    FileSystem.status(of: path).map { $0.kind == .file } ?? true
  }

  /// Appends all bytes.
  package func write(_ bytes: [UInt8]) throws(SystemError) {
    guard writeAll(bytes.span, to: descriptor.number) else { throw SystemError("write", path) }
  }

  /// Puts the file on the disk and into its place.
  ///
  /// - Throws: `SystemError`; what was there before stays then.
  package consuming func commit() throws(SystemError) {
    guard let temporaryPath else { return }
    switch access {
    case .owner: break
    case .kept:
      let old = FileSystem.status(of: place)?.mode
      _ = fchmod(descriptor.number, old.map { mode_t($0) & 0o777 } ?? 0o666 & ~WritableFile.umask)
    case .everyone:
      guard fchmod(descriptor.number, 0o644) == 0 else { throw SystemError("write", path) }
    }
    guard uninterrupted({ fsync(descriptor.number) }) != nil,
      unsafe rename(temporaryPath, place) == 0
    else { throw SystemError("write", path) }
  }
}
