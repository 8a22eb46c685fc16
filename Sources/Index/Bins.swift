internal import Vocabulary

/// A class of object sizes.
struct SizeBin: Hashable, Comparable {
  private let number: Int

  init(_ bytes: Int64) {
    number = Self.limits.firstIndex { bytes < $0.bytes } ?? Self.limits.count
  }

  static func < (left: SizeBin, right: SizeBin) -> Bool { left.number < right.number }

  var label: String {
    switch number {
    case 0: "0 B"
    case Self.limits.count: "from \(Self.limits[number - 1].text)"
    default: "\(Self.limits[number - 1].text) to \(Self.limits[number].text)"
    }
  }

  // 128 KiB is the smallest size that STANDARD_IA, ONEZONE_IA and GLACIER_IR bill.
  private static let limits: [(bytes: Int64, text: String)] = [
    (1, "1 B"), (1 << 10, "1 KiB"), (1 << 14, "16 KiB"), (1 << 17, "128 KiB"), (1 << 20, "1 MiB"),
    (1 << 24, "16 MiB"), (1 << 27, "128 MiB"), (1 << 30, "1 GiB"), (1 << 34, "16 GiB"),
    (1 << 40, "1 TiB"),
  ]
}

/// A class of times since an object was last modified.
struct AgeBin: Hashable, Comparable {
  private let number: Int

  init(_ milliseconds: Int64) {
    number = Self.limits.firstIndex { milliseconds < $0.days * 86_400_000 } ?? Self.limits.count
  }

  static func < (left: AgeBin, right: AgeBin) -> Bool { left.number < right.number }

  var label: String {
    switch number {
    case 0: "under \(Self.limits[0].text)"
    case Self.limits.count: "over \(Self.limits[number - 1].text)"
    default: "\(Self.limits[number - 1].text) to \(Self.limits[number].text)"
    }
  }

  private static let limits: [(days: Int64, text: String)] = [
    (1, "1 day"), (7, "7 days"), (30, "30 days"), (90, "90 days"), (180, "180 days"),
    (365, "1 year"), (730, "2 years"), (1_825, "5 years"),
  ]
}

/// The part of a key's last segment behind its last dot, in lower case; empty when there is none.
///
/// A leading dot makes a hidden file, not an extension; neither does a "dot" part of over 16 bytes.
func keyExtension(_ key: Span<UInt8>) -> [UInt8] {
  var index = key.count - 1
  while index > 0, key[index] != UInt8(ascii: "/") {
    if key[index] == UInt8(ascii: ".") {
      let length = key.count - 1 - index
      let isHidden = key[index - 1] == UInt8(ascii: "/")
      guard !isHidden, (1...16).contains(length) else { return [] }
      return key.extracting((index + 1)..<key.count).withUnsafeBufferPointer { bytes in
        bytes.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
      }
    }
    index -= 1
  }
  return []
}
