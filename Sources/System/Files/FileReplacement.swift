#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A new file that takes the place of another all at once, or leaves no trace.
///
/// Readable by its owner alone, because it is made for tokens. It is opened beside the other before
/// there is anything to write, so that what cannot be written is known before a token is used up.
///
/// ```swift
/// let file = try FileReplacement(of: "/home/me/.aws/sso/cache/a.json")
/// // … ask for a new token …
/// try file.commit(token)
/// ```
package struct FileReplacement: ~Copyable {
  private let path: String
  private let temporaryPath: String
  private let descriptor: Descriptor

  /// - Throws: `SystemError` where no file can be made; the folder must exist.
  package init(of path: String) throws(SystemError) {
    let chance = String(UInt64.random(in: .min ... .max), radix: 36)
    let temporaryPath = "\(path).\(chance).tmp"
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC
    guard let number = uninterrupted({ unsafe open(temporaryPath, flags, 0o600) }) else {
      throw SystemError("write", path)
    }
    self.path = path
    self.temporaryPath = temporaryPath
    descriptor = Descriptor(number)
  }

  deinit {
    // After a commit there is nothing of that name.
    unsafe unlink(temporaryPath)
  }

  /// Writes `contents`, safe against a crash, and puts the file into its place.
  ///
  /// - Throws: `SystemError`; what was there before stays then.
  package consuming func commit(_ contents: [UInt8]) throws(SystemError) {
    guard writeAll(contents.span, to: descriptor.number),
      uninterrupted({ fsync(descriptor.number) }) != nil,
      unsafe rename(temporaryPath, path) == 0
    else { throw SystemError("write", path) }
  }
}
