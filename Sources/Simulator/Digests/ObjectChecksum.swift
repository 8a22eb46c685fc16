import Signing

/// An algorithm of S3's checksums (API Reference, "Checksum").
package enum ChecksumKind: String, CaseIterable, Sendable {
  case crc32, crc32c, crc64nvme, sha1, sha256, sha512, md5, xxhash64

  /// The header that carries the value.
  var header: String { "x-amz-checksum-\(rawValue)" }

  /// The element that does in XML.
  var element: String { "Checksum\(rawValue.uppercased())" }

  /// Whether one of a whole object can be had of an upload in parts, and whether it must be.
  var isCyclic: Bool { [.crc32, .crc32c, .crc64nvme].contains(self) }
  var isAlwaysWhole: Bool { self == .crc64nvme }

  /// The value of some bytes.
  func value(of content: Content, in range: Range<Int64>? = nil) -> [UInt8] {
    let range = range ?? 0..<content.count
    switch self {
    case .crc32: return Self.value(.crc32, content, range)
    case .crc32c: return Self.value(.crc32c, content, range)
    case .crc64nvme: return Self.value(.crc64nvme, content, range)
    case .sha1: return Self.value(.sha1, content, range)
    case .sha256: return Self.value(.sha256, content, range)
    case .sha512: return Self.value(.sha512, content, range)
    case .md5: return ContentDigest.md5(of: content, in: range)
    case .xxhash64:
      var hash = XXHash64()
      content.forEachChunk(in: range) { hash.update($0) }
      return hash.finish()
    }
  }

  private static func value(
    _ check: CyclicCheck, _ content: Content, _ range: Range<Int64>
  ) -> [UInt8] {
    var state = check.start
    content.forEachChunk(in: range) { check.update(&state, $0) }
    return check.value(state)
  }

  private static func value(
    _ function: RunningDigest.Function, _ content: Content, _ range: Range<Int64>
  ) -> [UInt8] {
    var digest = RunningDigest(function)
    content.forEachChunk(in: range) { digest.update($0) }
    return digest.finish()
  }
}

/// A checksum as S3 keeps it of an object: of all its bytes, or of the checksums of its parts.
struct ObjectChecksum: Equatable, Sendable {
  var kind: ChecksumKind
  /// Nil for one of the whole object.
  var parts: Int?
  var value: [UInt8]

  init(_ kind: ChecksumKind, wholeOf content: Content) {
    self.kind = kind
    value = kind.value(of: content)
  }

  /// Of the parts of so many bytes each.
  init(_ kind: ChecksumKind, of content: Content, inParts sizes: [Int64]) {
    self.kind = kind
    parts = sizes.count
    var begin: Int64 = 0
    var values: [UInt8] = []
    for size in sizes {
      values += kind.value(of: content, in: begin..<begin + size)
      begin += size
    }
    value = kind.value(of: Content(values))
  }

  /// As headers and XML have it.
  var text: String { Base64.text(value) + (parts.map { "-\($0)" } ?? "") }

  /// The value of x-amz-checksum-type.
  var type: String { parts == nil ? "FULL_OBJECT" : "COMPOSITE" }

  var headers: [(name: String, value: String)] {
    [(kind.header, text), ("x-amz-checksum-type", type)]
  }

  /// The same as elements.
  var xml: String {
    "<\(kind.element)>\(text)</\(kind.element)><ChecksumType>\(type)</ChecksumType>"
  }
}

/// What checksums the objects of all buckets have: an option of the simulator.
package enum ChecksumChoice: String, CaseIterable, Sendable {
  case none
  /// Another one by key, and some without.
  case mixed
  case crc32, crc32c, crc64nvme, sha1, sha256, sha512, md5, xxhash64

  /// Nil for none.
  func kind(random: UInt64) -> ChecksumKind? {
    switch self {
    case .none: return nil
    case .mixed:
      let place = Int(random % UInt64(ChecksumKind.allCases.count + 1))
      return place < ChecksumKind.allCases.count ? ChecksumKind.allCases[place] : nil
    default: return ChecksumKind(rawValue: rawValue)
    }
  }
}
