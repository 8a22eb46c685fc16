import Vocabulary

/// Writes the rows of an inventory as S3 does: every field in quotes, keys URL-encoded.
struct InventoryRows {
  let specification: InventorySpecification
  let contents: BucketContents
  private let bucket: [UInt8]

  init(_ specification: InventorySpecification, of contents: BucketContents) {
    self.specification = specification
    self.contents = contents
    bucket = Array("\"\(specification.bucket)\"".utf8)
  }

  /// A row: a key by its index, and which of its versions, the newest of which is 0.
  struct Place {
    var index: UInt32
    var ordinal: UInt32
  }

  /// All rows in the order of keys, in a key the newest version first.
  func places() -> [Place] {
    let prefix = Key(specification.prefix)
    let end = prefix.prefixUpperBound.map { contents.keys.firstIndex(atOrAfter: $0) }
    let range = contents.keys.firstIndex(atOrAfter: prefix)..<(end ?? contents.keys.count)
    return range.flatMap { index -> [Place] in
      guard specification.hasVersions else {
        return contents.current(at: index) == nil ? [] : [Place(index: UInt32(index), ordinal: 0)]
      }
      var places: [Place] = []
      var history = contents.history(at: index)
      while history.next() != nil {
        places.append(Place(index: UInt32(index), ordinal: UInt32(places.count)))
      }
      return places
    }
  }

  /// Appends the row of a place.
  func append(_ place: Place, to text: inout [UInt8]) {
    let index = Int(place.index)
    var version: VersionRecord?
    if specification.hasVersions {
      var history = contents.history(at: index)
      for _ in 0...place.ordinal { version = history.next() }
    }
    let attributes = specification.hasVersions ? version?.attributes : contents.current(at: index)
    text += bucket
    appendKey(at: index, to: &text)
    if specification.hasVersions, let entry = version {
      let id = entry.isNull ? [] : contents.id(of: entry, at: index)
      append(field: id, to: &text)
      append(field: Array((place.ordinal == 0 ? "true" : "false").utf8), to: &text)
      append(field: Array((entry.attributes == nil ? "true" : "false").utf8), to: &text)
    }
    let resolved = attributes.map { contents.bucket.model.resolved($0) }
    for name in specification.fields {
      append(
        field: value(
          name, resolved, version?.lastModified ?? resolved?.lastModified ?? ObjectModel.epoch),
        to: &text)
    }
    text.append(UInt8(ascii: "\n"))
  }

  private func append(field: [UInt8], to text: inout [UInt8]) {
    text.append(UInt8(ascii: ","))
    text.append(UInt8(ascii: "\""))
    text += field
    text.append(UInt8(ascii: "\""))
  }

  private func appendKey(at index: Int, to text: inout [UInt8]) {
    text.append(UInt8(ascii: ","))
    text.append(UInt8(ascii: "\""))
    for byte in contents.keys.key(at: index).bytes {
      if byte == UInt8(ascii: " ") {
        text.append(UInt8(ascii: "+"))
      } else if byte.isASCIILetter || byte.isASCIIDigit || Self.plain.contains(byte) {
        text.append(byte)
      } else {
        text.append(UInt8(ascii: "%"))
        text.append(Self.digits[Int(byte >> 4)])
        text.append(Self.digits[Int(byte & 15)])
      }
    }
    text.append(UInt8(ascii: "\""))
  }

  private static let plain = Array("/.-_*".utf8)
  private static let digits = Array("0123456789ABCDEF".utf8)

  /// A delete marker has a time, and nothing else.
  private func value(
    _ name: String, _ attributes: ObjectModel.Attributes?, _ time: Timestamp
  ) -> [UInt8] {
    if name == "LastModifiedDate" {
      return [UInt8](unsafeUninitializedCapacity: 24) { out, count in
        guard let base = out.baseAddress else { return }
        count = Digits.dateTimeWithMilliseconds(time, to: base)
      }
    }
    guard let attributes else { return [] }
    return switch name {
    case "Size": Array(String(attributes.size).utf8)
    case "StorageClass": Array(ObjectModel.storageClasses[attributes.storageClass].utf8)
    case "ETag":
      [UInt8](unsafeUninitializedCapacity: 48) { out, count in
        guard let base = out.baseAddress else { return }
        count = attributes.writeETag(to: base)
      }
    case "IsMultipartUploaded": Array((attributes.parts > 0 ? "true" : "false").utf8)
    case "EncryptionStatus": Array("SSE-S3".utf8)
    case "BucketKeyStatus": Array("DISABLED".utf8)
    default: []
    }
  }
}
