/// Which of many texts may have come more than once, in a fixed amount of memory.
///
/// It counts to two in cells that a hash chooses: what comes once may share its cell with something else, so some of
/// what it tells is wrong, but nothing that came twice is missed. With 16 cells for each text, one in 16 texts is
/// told that came once; where there are more texts than memory allows for, more are, and whoever looks closer
/// takes longer.
struct RepeatSketch {
  /// 32 cells a word, of two bits each.
  private var words: [UInt64]
  private let mask: UInt64

  /// 64 MiB, which 10 million texts take.
  private static let wordsMax = 1 << 23

  /// For about so many texts.
  init(expecting count: Int64) {
    let wanted = min(Int64(Self.wordsMax), max(1 << 10, count) / 2)
    var size = 1 << 9
    while size < wanted { size *= 2 }
    words = [UInt64](repeating: 0, count: size)
    mask = UInt64(size * 32 - 1)
  }

  mutating func add(_ text: Span<UInt8>) {
    let (word, shift) = cell(of: text)
    // From nothing to once, from once to more.
    let once = words[word] >> shift & 1
    words[word] |= (1 + once) << shift
  }

  /// Whether a text may have been added more than once.
  func mayRepeat(_ text: Span<UInt8>) -> Bool {
    let (word, shift) = cell(of: text)
    return words[word] >> shift & 2 != 0
  }

  private func cell(of text: Span<UInt8>) -> (word: Int, shift: UInt64) {
    let cell = Self.hash(text) & mask
    return (Int(truncatingIfNeeded: cell >> 5), (cell & 31) * 2)
  }

  /// Eight bytes at a time: texts are ETags, of 32 bytes and more.
  private static func hash(_ text: Span<UInt8>) -> UInt64 {
    text.withUnsafeBytes { bytes in
      var hash = UInt64(bytes.count) &* 0x9E37_79B9_7F4A_7C15
      var place = 0
      while place + 8 <= bytes.count {
        hash = mixed(hash ^ bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
        place += 8
      }
      while place < bytes.count {
        hash = mixed(hash ^ UInt64(bytes[place]))
        place += 1
      }
      return hash
    }
  }

  /// The last steps of MurmurHash3, by which each bit changes half of all.
  private static func mixed(_ value: UInt64) -> UInt64 {
    var value = value
    value = (value ^ (value >> 33)) &* 0xFF51_AFD7_ED55_8CCD
    value = (value ^ (value >> 33)) &* 0xC4CE_B9FE_1A85_EC53
    return value ^ (value >> 33)
  }
}
