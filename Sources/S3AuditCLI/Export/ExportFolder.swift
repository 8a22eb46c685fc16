internal import Signing
internal import System
internal import Vocabulary

/// The folder of an export, which has its name when all of it is there.
///
/// It is filled as `DIR.partial` and then renamed: whatever ends it, there is no `DIR`, or a whole one. One that was
/// killed leaves its `.partial`, which the next one takes away.
final class ExportFolder {
  private let target: String
  private let part: String
  private let folder: Folder
  /// Whether what is in it is to be taken away again.
  private var isOurs = false

  private static let partSuffix = ".partial"
  /// It is there until all is, and tells a folder of an export from one of others.
  private static let markName = ".s3audit-export"

  /// - Throws: `ExportError` where the folder must not be made, before anything is.
  init(_ path: String) throws {
    target = RealPath.of(path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path)
    part = target + Self.partSuffix
    let mode = try Self.refuse(target)
    guard FileSystem.ownStatus(of: part).map({ $0.kind == .folder }) ?? true else {
      throw ExportError.isNoFolder(target: part)
    }
    do throws(SystemError) {
      try FileSystem.makeFolders(part, mode: 0o700)
      folder = try Folder(opening: part)
    } catch {
      throw ExportError.cannotWrite(target: target, reason: error.reason)
    }
    // One that has just been finished has another name by now.
    guard folder.lock(), isInItsPlace else { throw ExportError.busy(target: target) }
    try removeLeftovers()
    isOurs = true
    _ = try create(Self.markName)
    try FileSystem.setMode(mode ?? 0o700, of: part)
  }

  deinit {
    // Nothing more can be done about what cannot be removed: the next export finds it.
    if isOurs { try? removeAll() }
  }

  func create(_ name: String) throws -> WritableFile {
    try folder.create(try FileName(name.utf8))
  }

  func path(of name: String) -> String { "\(part)/\(name)" }

  /// The length of a file in it, and its SHA-256 in hex.
  func digest(of name: String) throws -> (bytes: Int64, sha256: String) {
    let file = try SequentialFile(reading: path(of: name))
    var digest = RunningDigest(.sha256)
    var length: Int64 = 0
    while true {
      let bytes = try file.next(bytesMax: 1 << 20)
      guard !bytes.isEmpty else { break }
      digest.update(bytes)
      length += Int64(bytes.count)
    }
    return (length, Hexadecimal.text(digest.finish()))
  }

  /// Writes the manifest, puts everything on the disk, and gives the folder its name.
  func finish(manifest: [UInt8]) throws {
    try create("manifest.json").write(manifest, at: 0)
    try folder.flushFileSystem()
    // An empty folder of that name is replaced; in one that has got something meanwhile it stays.
    do throws(SystemError) {
      try FileSystem.move(part, to: target)
    } catch {
      throw ExportError.cannotWrite(target: target, reason: error.reason)
    }
    isOurs = false
    try folder.remove(try FileName(Self.markName.utf8))
    try FileSystem.flush(FileSystem.folder(of: target))
  }

  private var isInItsPlace: Bool {
    guard let status = FileSystem.ownStatus(of: part) else { return false }
    return status.inode == folder.inode && status.device == folder.device
  }

  /// Returns the mode of an empty folder that is there, which its successor gets.
  private static func refuse(_ target: String) throws -> UInt32? {
    let parent = FileSystem.folder(of: target)
    guard let around = FileSystem.status(of: parent), around.kind == .folder else {
      throw ExportError.cannotWrite(target: target, reason: "there is no folder \(parent)")
    }
    guard let status = FileSystem.status(of: target) else { return nil }
    guard status.kind == .folder else { throw ExportError.isNoFolder(target: target) }
    guard try Folder(opening: target).names().isEmpty else {
      throw ExportError.isNotEmpty(target: target)
    }
    guard status.device == around.device else {
      throw ExportError.cannotWrite(target: target, reason: "it is where a file system is mounted")
    }
    return status.mode
  }

  /// What a killed export left; what is of others stays.
  private func removeLeftovers() throws {
    let names = try folder.names()
    guard !names.isEmpty else { return }
    let isOfExport = try names.allSatisfy { try folder.status(of: $0)?.kind == .file }
    guard isOfExport, names.contains(where: { $0.description == Self.markName }) else {
      throw ExportError.isNotEmpty(target: part)
    }
    for name in names { try folder.remove(name) }
  }

  private func removeAll() throws {
    for name in try folder.names() { try folder.remove(name) }
    _ = try Folder(opening: FileSystem.folder(of: part))
      .removeFolder(try FileName(FileSystem.name(of: part).utf8))
  }
}

/// Why nothing was exported.
enum ExportError: Error, Equatable, CustomStringConvertible {
  case isNoFolder(target: String)
  case isNotEmpty(target: String)
  case cannotWrite(target: String, reason: String)
  case busy(target: String)
  /// Rows that were read are not those that the index counts.
  case unsound(view: String, bucket: String?, rows: Int64, counted: Int64)

  var description: String {
    switch self {
    case .isNoFolder(let target): "\(target) is there and is no folder"
    case .isNotEmpty(let target): "\(target) is there and is not empty"
    case .cannotWrite(let target, let reason): "cannot write \(target): \(reason)"
    case .busy(let target): "another export is writing \(target)"
    case .unsound(let view, let bucket, let rows, let counted):
      "the index is damaged: \(view)\(bucket.map { " of \($0.escapingControls())" } ?? "") has \(rows) rows, "
        + "and should have \(counted)"
    }
  }

  /// What the user can do about it.
  var hint: String {
    switch self {
    case .isNoFolder, .isNotEmpty: "name a folder that is not there yet, such as one with the date"
    case .cannotWrite: "name a folder in one that you may write, on a disk with room"
    case .busy: "wait for it, or name another folder"
    case .unsound: "run 's3audit check'"
    }
  }
}
