import Signing
import Vocabulary

/// A version with all that GET and HEAD tell of it but its id and time.
struct ObjectRecord: Sendable {
  var content: Content
  /// Bytes of the parts it was uploaded in; empty for one that came whole.
  var partSizes: [Int64] = []
  /// The 16 bytes that the ETag begins with: those of the content, where it is a digest at all.
  var digest: [UInt8]
  /// Indexes `ObjectModel.storageClasses`.
  var storageClass: Int
  var head = ObjectHead()
  var encryption = Encryption.s3
  var checksum = Checksum.none

  enum Checksum: Sendable {
    case none
    case known(ObjectChecksum)
    /// Computed when somebody asks.
    case pending(ChecksumKind, isComposite: Bool)
  }

  var size: Int64 { content.count }

  /// Without quotes.
  var etag: String {
    Hexadecimal.text(digest) + (partSizes.isEmpty ? "" : "-\(partSizes.count)")
  }

  /// The bytes of a part, counted from 1; nil when there is none.
  ///
  /// An object that came whole is one part.
  func range(ofPart number: Int) -> Range<Int64>? {
    guard !partSizes.isEmpty else { return number == 1 ? 0..<size : nil }
    guard number <= partSizes.count else { return nil }
    let begin = partSizes[..<(number - 1)].reduce(0, +)
    return begin..<begin + partSizes[number - 1]
  }
}

extension ObjectModel {
  /// A version that no request wrote.
  func record(of attributes: Attributes) -> ObjectRecord {
    let resolved = resolved(attributes)
    var sizes: [Int64] = []
    if attributes.parts > 0 {
      sizes = Array(repeating: Int64(objects.partBytes), count: attributes.parts - 1)
      sizes.append(attributes.size - sizes.reduce(0, +))
    }
    let words = [resolved.etagHigh, resolved.etagLow]
    return ObjectRecord(
      content: content(of: attributes), partSizes: sizes,
      digest: words.flatMap { word in (0..<8).map { UInt8(word >> (56 - 8 * $0) & 0xFF) } },
      storageClass: attributes.storageClass, encryption: encryption(of: attributes),
      checksum: checksum(of: attributes))
  }

  func encryption(of attributes: Attributes) -> Encryption {
    objects.encryption.encryption(random: mixed(attributes.etagHigh ^ 0x656E_6372))
  }

  private func checksum(of attributes: Attributes) -> ObjectRecord.Checksum {
    let random = mixed(attributes.etagHigh ^ 0x6368_6563)
    guard let kind = objects.checksums.kind(random: random) else { return .none }
    let isComposite =
      attributes.parts > 0 && !kind.isAlwaysWhole && (!kind.isCyclic || random >> 63 == 0)
    return .pending(kind, isComposite: isComposite)
  }

  /// The checksum of a version, computed once.
  func checksum(of record: ObjectRecord) -> ObjectChecksum? {
    switch record.checksum {
    case .none: nil
    case .known(let checksum): checksum
    case .pending(let kind, let isComposite):
      checksums.checksum(ofETag: record.digest) {
        isComposite
          ? ObjectChecksum(kind, of: record.content, inParts: record.partSizes)
          : ObjectChecksum(kind, wholeOf: record.content)
      }
    }
  }

  /// The bytes follow from what stands in the place of a digest: that is another number for each
  /// version.
  func content(of attributes: Attributes) -> Content {
    Content(seed: mixed(attributes.etagHigh ^ attributes.etagLow), count: attributes.size)
  }

  /// The same with the ETag of the bytes, where ETags are theirs.
  func resolved(_ attributes: Attributes) -> Attributes {
    guard attributes.isSeeded, let digests, encryption(of: attributes).keepsDigest else {
      return attributes
    }
    let digest = digests.etag(of: attributes) {
      ContentDigest.etag(
        of: content(of: attributes),
        partBytes: attributes.parts > 0 ? Int64(objects.partBytes) : nil)
    }
    var resolved = attributes
    resolved.setDigest(digest)
    return resolved
  }
}

extension ObjectModel.Attributes {
  /// Takes the first 16 bytes of a digest for the ETag, which is final then.
  mutating func setDigest(_ digest: [UInt8]) {
    func word(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
    etagHigh = word(digest[0..<8])
    etagLow = word(digest[8..<16])
    isSeeded = false
  }
}

extension ObjectModel.Attributes {
  /// What listings show of an object that a request has put.
  init(of record: ObjectRecord, lastModified: Timestamp) {
    self.init(
      size: record.size, etagHigh: 0, etagLow: 0, parts: record.partSizes.count,
      lastModified: lastModified, storageClass: record.storageClass, isSeeded: false)
    setDigest(record.digest)
  }
}
