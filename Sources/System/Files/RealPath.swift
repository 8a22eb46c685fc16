#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Where a file really is: SQLite follows links before it names the files beside it, so whoever looks
/// for those files, or locks an index, has to do the same.
package enum RealPath {
  private static let linksMax = 40

  /// The path of a file without links, as far as its folders are there; the file itself, or what its
  /// name leads to, need not be.
  package static func of(_ path: String) -> String {
    if let resolved = resolved(path) { return resolved }
    var path = absolute(path)
    for _ in 0..<linksMax {
      guard let target = target(ofLink: path) else { break }
      path = target.hasPrefix("/") ? target : FileSystem.folder(of: path) + "/" + target
    }
    if let resolved = resolved(path) { return resolved }
    guard let folder = resolved(FileSystem.folder(of: path)) else { return path }
    return (folder == "/" ? "" : folder) + "/" + FileSystem.name(of: path)
  }

  private static func resolved(_ path: String) -> String? {
    guard let resolved = unsafe realpath(path, nil) else { return nil }
    defer { unsafe free(resolved) }
    return unsafe String(cString: resolved)
  }

  private static func absolute(_ path: String) -> String {
    guard !path.hasPrefix("/"), let folder = resolved(".") else { return path }
    return (folder == "/" ? "" : folder) + "/" + path
  }

  private static func target(ofLink path: String) -> String? {
    var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = unsafe readlink(path, &bytes, bytes.count)
    guard count > 0 else { return nil }
    return String(decoding: bytes[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
