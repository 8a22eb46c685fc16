internal import Vocabulary

extension Key {
  /// The smallest key of valid UTF-8 that begins with these bytes or sorts after all that do.
  ///
  /// Servers take `start-after` for text. Bytes that end within a scalar are filled up with the
  /// least continuation there is (Unicode Standard, table 3-7, "Well-Formed UTF-8 Byte
  /// Sequences"). Nil when no valid text begins so, as after the last scalar, or when the bytes
  /// before the end are not UTF-8.
  init?(boundAtOrAfter bytes: [UInt8]) {
    var bytes = bytes
    var position = 0
    while position < bytes.count {
      let lead = bytes[position]
      if lead < 0x80 {
        position += 1
        continue
      }
      guard let shape = ScalarShape(atOrAfter: lead) else { return nil }
      let isLast = position + shape.count >= bytes.count
      if shape.lead != lead {
        // No scalar begins with this byte: the next one that does, which only an end may be.
        guard position == bytes.count - 1 else { return nil }
        bytes[position] = shape.lead
      }
      for offset in 1..<shape.count {
        let valid = shape.continuation(at: offset)
        guard position + offset < bytes.count else {
          bytes.append(valid.lowerBound)
          continue
        }
        let byte = bytes[position + offset]
        if byte < valid.lowerBound, isLast {
          bytes[position + offset] = valid.lowerBound
          bytes.removeSubrange((position + offset + 1)...)
        } else if !valid.contains(byte) {
          return nil
        }
      }
      position += shape.count
    }
    self.init(bytes)
  }
}

/// The scalars that begin with one byte.
private struct ScalarShape {
  var lead: UInt8
  var count: Int

  /// The scalars of the smallest byte, from `byte` on, that a scalar of several bytes can begin with.
  init?(atOrAfter byte: UInt8) {
    lead = max(byte, 0xC2)
    switch lead {
    case ..<0xE0: count = 2
    case ..<0xF0: count = 3
    case ..<0xF5: count = 4
    default: return nil
    }
  }

  func continuation(at offset: Int) -> ClosedRange<UInt8> {
    guard offset == 1 else { return 0x80...0xBF }
    switch lead {
    case 0xE0: return 0xA0...0xBF
    case 0xED: return 0x80...0x9F
    case 0xF0: return 0x90...0xBF
    case 0xF4: return 0x80...0x8F
    default: return 0x80...0xBF
    }
  }
}
