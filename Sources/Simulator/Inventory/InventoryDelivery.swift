import Compression
import Signing
import Vocabulary

/// The objects of one delivery of an inventory.
///
/// User Guide, "Locating your inventory list":
///
///     logs/everything/2026-11-29T01-00Z/manifest.json       what there is, and its checksums
///     logs/everything/2026-11-29T01-00Z/manifest.checksum   the MD5 of that
///     logs/everything/data/0123….csv.gz                     the rows
struct InventoryDelivery {
  let specification: InventorySpecification
  /// What the order of shuffled rows, and the names of files, follow from.
  let seed: UInt64
  /// When it begins to be made.
  let created: Timestamp

  struct File {
    var key: String
    var bytes: [UInt8]
  }

  /// The manifest comes last: without it, a delivery is being written.
  func files(of contents: BucketContents) -> [File] {
    let rows = InventoryRows(specification, of: contents)
    var places = rows.places()
    if specification.order == .shuffled { shuffle(&places) }
    let folder = "\(specification.bucket)/\(specification.id)"
    var files: [File] = []
    for number in 0..<specification.files {
      let name = Hexadecimal.text(
        (0..<16).map { UInt8(truncatingIfNeeded: mixed(seed ^ UInt64(number << 8 | $0))) })
      files.append(
        File(
          key: "\(folder)/data/\(name).csv.gz", bytes: content(ofFile: number, rows, places)))
    }
    let manifest = manifest(files)
    let date = "\(folder)/\(Self.folderName(created))"
    files.append(
      File(key: "\(date)/manifest.checksum", bytes: Array("\(md5(manifest))\n".utf8)))
    files.append(File(key: "\(date)/manifest.json", bytes: manifest))
    return files
  }

  /// `2026-11-29T01-00Z`.
  static func folderName(_ time: Timestamp) -> String {
    let text = time.iso8601
    return "\(text.prefix(13))-\(text.dropFirst(14).prefix(2))Z"
  }

  private func content(
    ofFile number: Int, _ rows: InventoryRows, _ places: [InventoryRows.Place]
  ) -> [UInt8] {
    let numbers: [Int] =
      specification.order == .overlapping
      ? Array(stride(from: number, to: places.count, by: specification.files))
      : Array(part(number, of: specification.files, among: places.count))
    var content: [UInt8] = []
    for member in 0..<specification.members {
      let range = part(member, of: specification.members, among: numbers.count)
      var text: [UInt8] = []
      text.reserveCapacity(range.count * 160)
      for place in numbers[range] { rows.append(places[place], to: &text) }
      content += Deflation.gzip(text)
    }
    return content
  }

  /// One of so many parts of about the same size.
  private func part(_ number: Int, of parts: Int, among count: Int) -> Range<Int> {
    let start = count * number / parts
    return start..<(count * (number + 1) / parts)
  }

  private func shuffle(_ places: inout [InventoryRows.Place]) {
    for last in stride(from: places.count - 1, to: 0, by: -1) {
      let other = Int(mixed(seed ^ UInt64(last)).multipliedFullWidth(by: UInt64(last + 1)).high)
      places.swapAt(last, other)
    }
  }

  private func manifest(_ files: [File]) -> [UInt8] {
    let list = files.map { file in
      """
          {"key": "\(file.key)", "size": \(file.bytes.count), "MD5checksum": "\(md5(file.bytes))"}
      """
    }
    return Array(
      """
      {
        "sourceBucket": "\(specification.bucket)",
        "destinationBucket": "arn:aws:s3:::\(specification.destination)",
        "version": "2016-11-30",
        "creationTimestamp": "\(created.millisecondsSinceEpoch)",
        "fileFormat": "CSV",
        "fileSchema": "\(specification.columns.joined(separator: ", "))",
        "files": [
      \(list.joined(separator: ",\n"))
        ]
      }
      """.utf8)
  }

  private func md5(_ bytes: [UInt8]) -> String {
    var digest = RunningDigest(.md5)
    digest.update(bytes)
    return Hexadecimal.text(digest.finish())
  }
}
