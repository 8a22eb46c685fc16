internal import System

/// Looks for a manifest in a folder of this machine.
struct FolderSearch {
  let path: String

  private static let manifest = "manifest.json"

  func manifest(date: String?) throws -> FoundManifest {
    guard let status = FileSystem.status(of: path) else {
      throw InventoryError(.notThere(place: path))
    }
    guard status.kind == .folder else {
      let folder = FileSystem.name(of: FileSystem.folder(of: path))
      try InventoryDate.check(folder, is: date, in: path)
      return try read(path)
    }
    let folder = path.hasSuffix("/") ? path : path + "/"
    let name = FileSystem.name(of: FileSystem.folder(of: folder))
    if InventoryDate.isOne(name) {
      try InventoryDate.check(name, is: date, in: path)
      guard FileSystem.exists(at: folder + Self.manifest) else {
        throw InventoryError(.noInventory(place: path, date: nil, beingWritten: [String(name)]))
      }
      return try read(folder + Self.manifest)
    }
    if date == nil, FileSystem.exists(at: folder + Self.manifest) {
      return try read(folder + Self.manifest)
    }
    let dates = try dates(in: folder)
    guard let newest = InventoryDate.newest(of: dates, date: date) else {
      throw InventoryError(
        dates.isEmpty
          ? .noManifest(place: path)
          : .noInventory(
            place: path, date: date,
            beingWritten: InventoryDate.withoutManifest(dates, date: date)))
    }
    var found = try read("\(folder)\(newest.name)/\(Self.manifest)")
    found.beingWritten = newest.beingWritten
    return found
  }

  private func dates(in folder: String) throws -> [String: Bool] {
    var dates: [String: Bool] = [:]
    for name in try Folder(opening: folder).names().map(\.description)
    where InventoryDate.isOne(name) {
      dates[name] = FileSystem.exists(at: "\(folder)\(name)/\(Self.manifest)")
    }
    return dates
  }

  private func read(_ path: String) throws -> FoundManifest {
    let folder = FileSystem.folder(of: path)
    func content(_ path: String) throws -> [UInt8] {
      guard
        let content = try SequentialFile(reading: path).rest(
          bytesMax: InventoryPlace.manifestBytesMax)
      else { throw InventoryError(.noManifest(place: path)) }
      return content
    }
    let checksum = "\(folder)/manifest.checksum"
    return FoundManifest(
      name: path, bytes: try content(path),
      checksum: FileSystem.exists(at: checksum)
        ? String(decoding: try content(checksum), as: UTF8.self) : nil,
      files: .folder(folder))
  }

  private static let foldersAboveMax = 8

  /// Where a copy of the object with this key is: by the end of its key, in the manifest's folder or one above
  /// it; nil where it is nowhere.
  ///
  /// Of `logs/all/data/1.csv.gz`, beside `copy/2026-11-29T01-00Z/manifest.json`:
  /// `copy/2026-11-29T01-00Z/logs/all/data/1.csv.gz`, …, `…/1.csv.gz`, then `copy/logs/all/data/1.csv.gz`, …,
  /// `copy/data/1.csv.gz`.
  static func path(ofKey key: String, beside folder: String) -> String? {
    let parts = key.split(separator: "/")
    // What leads elsewhere is no part of a key that AWS writes.
    guard !parts.isEmpty, !parts.contains(".."), !parts.contains(".") else { return nil }
    var folder = folder
    for _ in 0..<foldersAboveMax {
      for first in parts.indices {
        let path = "\(folder)/\(parts[first...].joined(separator: "/"))"
        if FileSystem.status(of: path)?.kind == .file { return path }
      }
      folder += "/.."
    }
    return nil
  }
}
