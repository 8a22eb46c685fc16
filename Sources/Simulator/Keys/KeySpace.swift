import System
package import Vocabulary

/// How the keys of a simulated bucket look.
package enum KeyShape: String, CaseIterable, Sendable {
  /// Numbered names, no folders.
  case flat
  /// Random UUIDs, no folders.
  case uuid
  /// A folder for each year, month, day and hour of three years.
  case dates
  /// UUIDs nine folders down, in 65,536 folders.
  case deep
  /// 64 folders, one of which has nine keys in ten.
  case skewed
  /// Every kind of key that S3 allows and that has broken some client.
  case hostile
}

/// The keys a bucket can have, in the order of their bytes, computed instead of stored.
///
/// A slot is a key's place in that order. Whether an object lives there in a given night is
/// `ObjectModel`'s to say. Equal shape, seed and number of slots give equal keys.
package struct KeySpace: Sendable {
  package let shape: KeyShape
  package let slots: Int
  private let seed: UInt64
  private let hostile: HostileKeys?
  /// How far apart two neighbours' random numbers begin.
  private let stride: UInt64

  package init(shape: KeyShape, slots: Int, seed: UInt64) {
    precondition(slots >= 0)
    self.shape = shape
    self.slots = slots
    self.seed = seed
    hostile = shape == .hostile ? HostileKeys(slots: slots) : nil
    stride = (1 << 60) / UInt64(max(slots, 1))
  }

  /// The key of a slot.
  ///
  /// Precondition: the slot exists.
  package func key(at slot: Int) -> Key {
    precondition(slot >= 0 && slot < slots)
    return Key(
      Array(unsafeUninitializedCapacity: Self.scratchBytes) { out, count in
        guard let base = out.baseAddress else { return }
        count = write(at: slot, to: base)
      })
  }

  /// The first slot whose key is greater than `key`; `slots` when there is none.
  ///
  /// O(log n).
  package func firstSlot(after key: Key) -> Int {
    firstSlot { compare($0, $1, key.bytes) > 0 }
  }

  /// The first slot whose key is `key` or greater; `slots` when there is none.
  ///
  /// O(log n).
  package func firstSlot(atOrAfter key: Key) -> Int {
    firstSlot { compare($0, $1, key.bytes) >= 0 }
  }

  /// Room for any key, and for writers that go a few bytes beyond their end.
  static let scratchBytes = HostileKeys.bytesMax + 64

  /// Whether no key holds a byte that XML or a URL would have to escape.
  var isPlain: Bool { shape != .hostile }

  /// Writes the key of a slot at a pointer with room for `scratchBytes`; returns its length.
  @inline(__always)
  func write(at slot: Int, to out: UnsafeMutablePointer<UInt8>) -> Int {
    switch shape {
    case .flat: put("object-", out) + Digits.decimal(slot, width: 12, to: out + 7)
    case .uuid: writeUUID(slot, to: out)
    case .dates: writeDated(slot, to: out)
    case .deep: writeDeep(slot, to: out)
    case .skewed: writeSkewed(slot, to: out)
    case .hostile: hostile?.write(at: slot, to: out) ?? 0
    }
  }

  private func firstSlot(where isPast: (UnsafePointer<UInt8>, Int) -> Bool) -> Int {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.scratchBytes) { scratch in
      guard let base = scratch.baseAddress else { return slots }
      var low = 0
      var high = slots
      while low < high {
        let middle = (low + high) / 2
        let count = write(at: middle, to: base)
        if isPast(base, count) { high = middle } else { low = middle + 1 }
      }
      return low
    }
  }
}

/// The sign of the comparison of two byte strings.
@inline(__always)
func compare(_ left: UnsafePointer<UInt8>, _ leftCount: Int, _ right: [UInt8]) -> Int {
  Int(
    byteOrder(of: UnsafeBufferPointer(start: left, count: leftCount).span, relativeTo: right.span))
}

extension KeySpace {
  /// 60 bits that look random and ascend with the slot.
  @inline(__always)
  private func ascending(_ slot: Int) -> UInt64 {
    let jitter = mixed(seed: seed, slot: slot, lane: 1)
    return UInt64(slot) &* stride &+ jitter.multipliedFullWidth(by: stride).high
  }

  @inline(__always)
  private func put(_ text: StaticString, _ out: UnsafeMutablePointer<UInt8>) -> Int {
    out.initialize(from: text.utf8Start, count: text.utf8CodeUnitCount)
    return text.utf8CodeUnitCount
  }

  /// A version 4 UUID (RFC 9562, section 5.4): its version and variant digits stay in place.
  @inline(__always)
  private func writeUUID(_ slot: Int, to out: UnsafeMutablePointer<UInt8>) -> Int {
    let high = ascending(slot)
    let low = mixed(seed: seed, slot: slot, lane: 2)
    let dash = UInt8(ascii: "-")
    _ = Digits.hexadecimal(high >> 28, digits: 8, to: out)
    out[8] = dash
    _ = Digits.hexadecimal(high >> 12, digits: 4, to: out + 9)
    out[13] = dash
    out[14] = UInt8(ascii: "4")
    _ = Digits.hexadecimal(high, digits: 3, to: out + 15)
    out[18] = dash
    _ = Digits.hexadecimal((low >> 48) & 0x3FFF | 0x8000, digits: 4, to: out + 19)
    out[23] = dash
    return 24 + Digits.hexadecimal(low, digits: 12, to: out + 24)
  }

  @inline(__always)
  private func writeDeep(_ slot: Int, to out: UnsafeMutablePointer<UInt8>) -> Int {
    var count = put("tenants/acme/production/datasets/events/v2/raw/", out)
    let high = ascending(slot)
    count += Digits.hexadecimal(high >> 52, digits: 2, to: out + count)
    out[count] = UInt8(ascii: "/")
    count += 1
    count += Digits.hexadecimal(high >> 44, digits: 2, to: out + count)
    out[count] = UInt8(ascii: "/")
    return count + 1 + writeUUID(slot, to: out + count + 1)
  }

  @inline(__always)
  private func writeDated(_ slot: Int, to out: UnsafeMutablePointer<UInt8>) -> Int {
    let hours = min(slots, 3 * 365 * 24)
    let perHour = (slots + hours - 1) / hours
    let (hour, part) = slot.quotientAndRemainder(dividingBy: perHour)
    let start = Timestamp(year: 2023, month: 1, day: 1).millisecondsSinceEpoch
    let fields = Timestamp(millisecondsSinceEpoch: start + Int64(hour) * 3_600_000).fields
    var count = put("logs/", out)
    for (value, width) in [(fields.year, 4), (fields.month, 2), (fields.day, 2), (fields.hour, 2)] {
      count += Digits.decimal(value, width: width, to: out + count)
      out[count] = UInt8(ascii: "/")
      count += 1
    }
    count += put("part-", out + count)
    count += Digits.decimal(part, width: 7, to: out + count)
    out[count] = UInt8(ascii: "-")
    count += 1
    count += Digits.hexadecimal(
      mixed(seed: seed, slot: slot, lane: 1), digits: 8, to: out + count)
    return count + put(".json.gz", out + count)
  }

  /// 40 folders with a twentieth or so of the keys, then the large one, then 23 more.
  @inline(__always)
  private func writeSkewed(_ slot: Int, to out: UnsafeMutablePointer<UInt8>) -> Int {
    let (before, large, after) = (40, slots * 9 / 10, 23)
    let rest = slots - large
    let first = rest * before / (before + after)
    let folder =
      if slot < first {
        slot * before / first
      } else if slot < first + large {
        before
      } else {
        before + 1 + (slot - first - large) * after / (rest - first)
      }
    var count = put("folder-", out)
    count += Digits.decimal(folder, width: 2, to: out + count)
    out[count] = UInt8(ascii: "/")
    count += 1
    if folder == before {
      return count + Digits.hexadecimal(ascending(slot), digits: 15, to: out + count)
    }
    return count + Digits.decimal(slot, width: 12, to: out + count)
  }
}
