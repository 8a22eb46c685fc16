/// When something was written: the writes to a key are numbered in the order they happened in.
///
/// A number says by itself which write it means, so a listing can go on after a version that is
/// gone: S3's version ids do the same.
struct WriteNumber: Comparable, Hashable, Sendable {
  let rawValue: UInt64

  /// The nth oldest of what a key had in night 0, counted from 0.
  static func start(_ ordinal: Int) -> WriteNumber { WriteNumber(rawValue: UInt64(ordinal)) }

  /// What a night did to a key: at most one thing.
  static func night(_ night: Int) -> WriteNumber {
    WriteNumber(rawValue: UInt64(night) << nightShift)
  }

  /// The nth request that wrote anything, in a night.
  static func request(_ count: Int, inNight night: Int) -> WriteNumber {
    WriteNumber(rawValue: UInt64(night) << nightShift | requestBit | UInt64(count))
  }

  /// Nil for what a night or a request has written.
  var startOrdinal: Int? { rawValue < Self.requestBit ? Int(rawValue) : nil }

  /// The night in which it was written.
  var night: Int { Int(rawValue >> Self.nightShift) }

  /// Whether a night wrote it, and no request.
  var isOfNight: Bool { night > 0 && rawValue & Self.requestBit == 0 }

  /// Whether no request wrote it.
  var isOfSeed: Bool { rawValue & Self.requestBit == 0 }

  static func < (left: WriteNumber, right: WriteNumber) -> Bool { left.rawValue < right.rawValue }

  private static let nightShift: UInt64 = 40
  private static let requestBit: UInt64 = 1 << 39
}

/// 32 characters that hide a number, and belong to one owner alone: a version or upload id.
enum OpaqueID {
  static let characters = 32

  /// Writes the id at a pointer with room for `characters`; returns that.
  static func write(_ number: UInt64, of owner: UInt64, to out: UnsafeMutablePointer<UInt8>) -> Int
  {
    let words = words(number, of: owner)
    var place = 0
    // Three words are 32 times six bits: ten of each, and the last two from what is left of them.
    for word in words {
      for digit in 0..<10 {
        out[place] = alphabet[Int(word >> UInt64(digit * 6) & 63)]
        place += 1
      }
    }
    let rest = words[0] >> 60 | (words[1] >> 60) << 4 | (words[2] >> 60) << 8
    out[place] = alphabet[Int(rest & 63)]
    out[place + 1] = alphabet[Int(rest >> 6 & 63)]
    return characters
  }

  static func text(_ number: UInt64, of owner: UInt64) -> [UInt8] {
    Array(unsafeUninitializedCapacity: characters) { out, count in
      guard let base = out.baseAddress else { return }
      count = write(number, of: owner, to: base)
    }
  }

  /// The number that an id hides; nil when it is not one of this owner's.
  static func number(_ text: [UInt8], of owner: UInt64) -> UInt64? {
    guard text.count == characters else { return nil }
    var word: UInt64 = 0
    for place in (0..<10).reversed() {
      guard let digit = value(text[place]) else { return nil }
      word = word << 6 | digit
    }
    guard let rest = value(text[30]) else { return nil }
    word |= (rest & 15) << 60
    let number = word ^ mixed(owner)
    return self.text(number, of: owner) == text ? number : nil
  }

  private static func words(_ number: UInt64, of owner: UInt64) -> [UInt64] {
    let check = mixed(mixed(number) ^ owner)
    return [number ^ mixed(owner), check, mixed(check)]
  }

  private static func value(_ character: UInt8) -> UInt64? {
    alphabet.firstIndex(of: character).map { UInt64($0) }
  }

  /// With `+`, as S3's ids can have: a client must encode it in a query.
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+_".utf8)
}
