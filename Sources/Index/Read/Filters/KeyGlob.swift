/// A pattern of SQLite's GLOB, compiled, that matches whole keys: `*`, `?`, `[a-z]` and `[^a-z]`.
///
/// SQLite's own operator takes a zero byte for the end of a key; keys may hold them. It is also slower:
/// what stands before the first `*` and behind the last one decides about most keys.
struct KeyGlob: Sendable {
  /// What stands before the first `*`.
  private let first: Part
  /// What stands between each and the next, in order.
  private let middle: [Part]
  /// What stands behind the last; nil without any.
  private let last: Part?

  init(_ pattern: String) {
    var parts = [Part()]
    var rest = pattern.unicodeScalars[...]
    while let scalar = rest.popFirst() {
      switch scalar {
      case "*": parts.append(Part())
      case "?": parts[parts.count - 1].append(.any)
      case "[": parts[parts.count - 1].append(.set(ScalarSet(&rest)))
      default: for byte in String(scalar).utf8 { parts[parts.count - 1].append(.byte(byte)) }
      }
    }
    first = parts.removeFirst()
    last = parts.popLast()
    middle = parts
  }

  func matches(_ key: Span<UInt8>) -> Bool { key.withUnsafeBufferPointer { matches($0) } }

  private func matches(_ key: UnsafeBufferPointer<UInt8>) -> Bool {
    guard var place = first.match(key, from: 0, to: key.count) else { return false }
    guard let last else { return place == key.count }
    guard let end = last.start(atEndOf: key, from: place) else { return false }
    for part in middle {
      // The first place is the best one: it leaves the most to the parts that follow.
      guard let next = part.find(in: key, from: place, to: end) else { return false }
      place = next
    }
    return true
  }
}

/// Something that stands for one character, or for one byte of it.
private enum Element {
  case byte(UInt8)
  case any
  case set(ScalarSet)
}

/// A piece of a pattern without `*`.
private struct Part {
  private var elements: [Element] = []
  /// The elements when all of them are bytes, as most are; else nil.
  private var bytes: [UInt8]? = []

  mutating func append(_ element: Element) {
    elements.append(element)
    if case .byte(let byte) = element { bytes?.append(byte) } else { bytes = nil }
  }

  /// Where the part ends when it is matched at a place; nil when it is not there.
  func match(_ key: UnsafeBufferPointer<UInt8>, from start: Int, to end: Int) -> Int? {
    var place = start
    if let bytes {
      guard end - start >= bytes.count else { return nil }
      for byte in bytes {
        guard key[place] == byte else { return nil }
        place += 1
      }
      return place
    }
    for element in elements {
      guard place < end else { return nil }
      switch element {
      case .byte(let byte):
        guard key[place] == byte else { return nil }
        place += 1
      case .any: place = key.next(after: place, to: end)
      case .set(let set):
        let next = key.next(after: place, to: end)
        guard set.contains(key.scalar(from: place, to: next)) else { return nil }
        place = next
      }
    }
    return place
  }

  /// Where its first occurrence ends.
  func find(in key: UnsafeBufferPointer<UInt8>, from start: Int, to end: Int) -> Int? {
    var place = start
    if let first = bytes?.first {
      while place < end {
        if key[place] == first, let found = match(key, from: place, to: end) { return found }
        place += 1
      }
      return nil
    }
    while true {
      if let found = match(key, from: place, to: end) { return found }
      guard place < end else { return nil }
      place = key.next(after: place, to: end)
    }
  }

  /// Where its occurrence at the very end begins, not before `start`.
  func start(atEndOf key: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
    if let bytes {
      let place = key.count - bytes.count
      return place >= start && match(key, from: place, to: key.count) != nil ? place : nil
    }
    var place = start
    while true {
      if match(key, from: place, to: key.count) == key.count { return place }
      guard place < key.count else { return nil }
      place = key.next(after: place, to: key.count)
    }
  }
}

/// The characters between brackets.
private struct ScalarSet {
  private var ranges: [ClosedRange<UInt32>] = []
  private var isInverted = false
  /// A set without its closing bracket has nothing in it, inverted or not.
  private var isClosed = false

  /// Reads a set behind its opening bracket, as SQLite does.
  init(_ pattern: inout Substring.UnicodeScalarView) {
    if pattern.first == "^" {
      isInverted = true
      pattern.removeFirst()
    }
    if pattern.first == "]" { add(pattern.removeFirst()) }
    var lower: UInt32?
    while let scalar = pattern.popFirst() {
      guard scalar != "]" else {
        isClosed = true
        return
      }
      if scalar == "-", let from = lower, let upper = pattern.first, upper != "]" {
        pattern.removeFirst()
        if from <= upper.value { ranges.append(from...upper.value) }
        lower = nil
      } else {
        add(scalar)
        lower = scalar.value
      }
    }
  }

  func contains(_ scalar: UInt32) -> Bool {
    isClosed && ranges.contains { $0.contains(scalar) } != isInverted
  }

  private mutating func add(_ scalar: Unicode.Scalar) {
    ranges.append(scalar.value...scalar.value)
  }
}

extension UnsafeBufferPointer<UInt8> {
  /// Where the character behind the one at `place` begins; bytes that are no UTF-8 are one each.
  fileprivate func next(after place: Int, to end: Int) -> Int {
    var next = place + 1
    guard self[place] >= 0xC0 else { return next }
    while next < end, self[next] & 0xC0 == 0x80 { next += 1 }
    return next
  }

  /// The character between two places.
  fileprivate func scalar(from start: Int, to end: Int) -> UInt32 {
    let lead = UInt32(self[start])
    guard lead >= 0xC0 else { return lead }
    let bits: UInt32 = lead < 0xE0 ? 0x1F : lead < 0xF0 ? 0x0F : 0x07
    return self[start + 1..<end].reduce(lead & bits) { $0 << 6 | UInt32($1 & 0x3F) }
  }
}
