internal import HTTP
package import S3
internal import System
internal import Vocabulary

/// Where an inventory's files are: in a bucket, or in a folder that somebody has copied them to.
package enum InventoryPlace: Sendable {
  /// `key` is what was named: a manifest, or the beginning of the keys of a folder.
  case bucket(S3Client, name: String, key: String)
  case folder(path: String)

  /// More than a manifest of 100,000 files.
  static let manifestBytesMax = 64 << 20
}

/// An inventory's manifest as it was found.
struct FoundManifest: Sendable {
  /// For messages: `s3://inventories/logs/all/2026-11-29T01-00Z/manifest.json`.
  var name: String
  var bytes: [UInt8]
  /// What `manifest.checksum` says; nil where there is none.
  var checksum: String?
  /// Where the files that it names are.
  var files: InventoryFiles
  /// The configuration's id and the source bucket, by the key; nil where its key has another form.
  var origin: (bucket: String, id: String)?
  /// Newer folders without a manifest, which are being written.
  var beingWritten: [String] = []
}

/// Where the data files of an inventory are read from.
enum InventoryFiles: Sendable {
  /// In the first of these buckets that has them.
  case buckets(S3Client, [String])
  /// Beside the manifest in this folder, or in one above it.
  case folder(String)
}

/// The names of the folders that inventories are delivered to.
package enum InventoryDate {
  private static let form = Array("dddd-dd-ddTdd-ddZ".utf8)

  /// Whether a folder's name is such a date: `2026-11-29T01-00Z`.
  static func isOne(_ name: some StringProtocol) -> Bool {
    name.utf8.count == form.count && isBeginning(name)
  }

  /// Whether a text is such a date or the beginning of one, a day at least, and can be: `2026-02-30` cannot.
  package static func isBeginning(_ text: some StringProtocol) -> Bool {
    let bytes = Array(text.utf8)
    guard (10...form.count).contains(bytes.count),
      zip(bytes, form).allSatisfy({ byte, form in
        form == UInt8(ascii: "d") ? byte.isASCIIDigit : byte == form
      })
    else { return false }
    /// The part of so many digits, with zeros for those that are left out.
    func number(_ start: Int, _ count: Int) -> Int {
      (start..<start + count).reduce(0) {
        $0 * 10 + ($1 < bytes.count ? Int(bytes[$1] - UInt8(ascii: "0")) : 0)
      }
    }
    let (year, month, day) = (number(0, 4), number(5, 2), number(8, 2))
    return year > 0 && (1...12).contains(month)
      && (1...Timestamp.days(inMonth: month, year: year)).contains(day)
      && number(11, 2) < 24 && number(14, 2) < 60
  }

  /// The newest of some folders that has a manifest, and newer ones that have none; nil where none has.
  ///
  /// `date` is the beginning of a folder's name: a day, or all of it.
  static func newest(
    of folders: [String: Bool], date: String?
  ) -> (name: String, beingWritten: [String])? {
    let wanted = folders.filter { $0.key.hasPrefix(date ?? "") }.sorted { $0.key > $1.key }
    guard let found = wanted.firstIndex(where: \.value) else { return nil }
    return (wanted[found].key, wanted[..<found].map(\.key))
  }

  /// Refuses a folder that was named where another date is wanted.
  static func check(_ name: Substring?, is date: String?, in place: String) throws {
    guard let date, name?.hasPrefix(date) != true else { return }
    throw InventoryError(.noInventory(place: place, date: date, beingWritten: []))
  }

  /// Those that have none, of the wanted ones.
  static func withoutManifest(_ folders: [String: Bool], date: String?) -> [String] {
    folders.filter { !$0.value && $0.key.hasPrefix(date ?? "") }.map(\.key).sorted(by: >)
  }
}

extension InventoryPlace {
  /// Finds the manifest that was named, or the newest complete one of a folder.
  ///
  /// - Throws: `InventoryError`, `S3Error`, `SystemError`.
  func manifest(date: String?) async throws -> FoundManifest {
    switch self {
    case .bucket(let client, let name, let key):
      try await BucketSearch(client: client, bucket: name, key: key).manifest(date: date)
    case .folder(let path): try FolderSearch(path: path).manifest(date: date)
    }
  }
}
