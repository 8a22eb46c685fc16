internal import Vocabulary

/// How densely keys lie where pages of a range were listed.
struct KeyDensity: Equatable, Sendable {
  /// The first and the last key of the pages that were listed in a row.
  var first: [UInt8]
  var last: [UInt8]
  var pages: Double
}

/// How many pages are likely left in a range, and where they could be cut.
///
/// Take the last key seen, `ab3`. Every key after it first differs from it at some position: `ab4…`
/// at the third, `ac…` at the second, `b…` at the first. The path a-b-3 is the *spine*, the greater
/// bytes at each position are its *siblings*. Pages left = sum over the positions of (siblings ×
/// pages below one sibling). `KeyAlphabets` has seen how many siblings a position can have. How many
/// pages lie below one of them follows from how far the listed pages advanced, when keys are read as
/// numbers in mixed radix.
struct RangeEstimate: Sendable {
  private struct Level {
    var position: Int
    var place: KeyAlphabets.Place
    /// The siblings: greater than the model's byte, and within the range.
    var siblings: ClosedRange<Int>?
    /// Pages below one sibling.
    var weight: Double
  }

  private let model: [UInt8]
  private let alphabets: KeyAlphabets
  /// The levels from the deepest that matters up to the one at which the range's two ends differ:
  /// that is the order of the keys below their siblings.
  private var levels: [Level] = []
  /// Pages that are likely left.
  private(set) var pages = 0.0

  // Beyond it an estimate is as good as any.
  private static let pagesMax = 1e12
  /// Levels below the one at which the keys of a page begin to differ.
  private static let levelsBelow = 2

  /// Looks at what comes after a key.
  ///
  /// `model` is the last key listed, or the likely first one of a range that has not been listed
  /// yet. Positions before `floor` are the same in all keys.
  init(
    after model: [UInt8], upTo hi: [UInt8]?, floor: Int, density: KeyDensity,
    alphabets: KeyAlphabets
  ) {
    self.model = model
    self.alphabets = alphabets
    let common = hi.map { commonPrefixCount(model, $0) } ?? floor
    let places = Self.places(of: model)
    let (deepest, unit) = Self.scale(density, alphabets)
    var weight = unit
    var position = min(deepest, model.count - 1)
    while position >= common {
      var greatest = 255
      if let hi, position == common, position < hi.count {
        // The bound's own byte is a sibling only when there are keys between it and the bound.
        greatest = Int(hi[position]) - (hi.count == position + 1 ? 1 : 0)
      }
      let least = Int(model[position]) + 1
      let siblings = least <= greatest ? least...greatest : nil
      let alphabet = alphabets[places[position]]
      levels.append(
        Level(position: position, place: places[position], siblings: siblings, weight: weight))
      if let siblings { pages += alphabet.weight(in: siblings) * weight }
      weight = min(weight * max(1, alphabet.weight), Self.pagesMax)
      position -= 1
    }
    pages = min(pages, Self.pagesMax)
  }

  /// The cut that leaves about half of the pages on each side, with the model key of the part after
  /// it; nil when there is none.
  func halves(within range: CutRange) -> (cut: Key, model: [UInt8])? {
    var before = 0.0
    var best: (distance: Double, level: Level, byte: UInt8)?
    for level in levels {
      guard let siblings = level.siblings else { continue }
      let alphabet = alphabets[level.place]
      var next = UInt8(siblings.lowerBound)
      while let byte = alphabet.next(from: next), siblings.contains(Int(byte)) {
        let distance = (before - pages / 2).magnitude
        if best.map({ distance < $0.distance }) ?? true { best = (distance, level, byte) }
        before += level.weight * alphabet.weight(of: byte)
        guard byte < 255 else { break }
        next = byte + 1
      }
    }
    return best.flatMap { cut(at: $0.level, $0.byte, within: range) }
  }

  /// Positions at which no other byte has been seen and none has been looked for.
  func unexplored(_ explored: Set<KeyAlphabets.Place>) -> [Int] {
    levels.reversed().compactMap { level in
      guard level.siblings != nil, !explored.contains(level.place),
        alphabets[level.place].seen.count < 2
      else { return nil }
      return level.position
    }
  }

  func place(at position: Int) -> KeyAlphabets.Place {
    Self.places(of: model[...position])[position]
  }

  /// The cut after all keys that share the model's bytes up to and including `position`; its model
  /// key is nil when nothing is known of what comes then.
  func cutBeyond(_ position: Int, within range: CutRange) -> (cut: Key, model: [UInt8]?)? {
    guard model[position] < 255,
      let cut = Key(boundAtOrAfter: Array(model[..<position]) + [model[position] + 1]),
      range.contains(cut)
    else { return nil }
    for level in levels where level.position < position {
      guard let siblings = level.siblings,
        let byte = alphabets[level.place].next(from: UInt8(siblings.lowerBound)),
        siblings.contains(Int(byte))
      else { continue }
      return (cut, likelyFirst(Array(model[..<level.position]) + [byte]))
    }
    return (cut, nil)
  }

  private func cut(
    at level: Level, _ byte: UInt8, within range: CutRange
  ) -> (cut: Key, model: [UInt8])? {
    let bytes = Array(model[..<level.position]) + [byte]
    guard let cut = Key(boundAtOrAfter: bytes), range.contains(cut) else { return nil }
    return (cut, likelyFirst(bytes))
  }

  /// Goes on with the least byte seen at each place, to the length of the model.
  private func likelyFirst(_ start: [UInt8]) -> [UInt8] {
    var key = start
    var place = start.reduce(KeyAlphabets.Place()) { $0.after($1) }
    while key.count < model.count {
      guard let byte = alphabets[place].first else { return key + model[key.count...] }
      key.append(byte)
      place = place.after(byte)
    }
    return key
  }

  /// The deepest level that matters, and the pages that one byte more means there.
  private static func scale(
    _ density: KeyDensity, _ alphabets: KeyAlphabets
  ) -> (level: Int, pages: Double) {
    let (first, last) = (density.first, density.last)
    let firstDifference = commonPrefixCount(first, last)
    let deepest = min(firstDifference + levelsBelow, last.count - 1)
    guard firstDifference <= deepest else { return (max(deepest, 0), density.pages) }
    let (placesOfFirst, placesOfLast) = (places(of: first), places(of: last))
    var advanced = 0.0
    for position in firstDifference...deepest {
      let alphabet = alphabets[placesOfLast[position]]
      advanced = advanced * max(1, alphabet.weight) + alphabet.weight(below: last[position])
      if position < first.count {
        advanced -= alphabets[placesOfFirst[position]].weight(below: first[position])
      }
    }
    return (deepest, density.pages / max(advanced, 0.5))
  }

  private static func places(of key: some Sequence<UInt8>) -> [KeyAlphabets.Place] {
    var place = KeyAlphabets.Place()
    return key.map { byte in
      defer { place = place.after(byte) }
      return place
    }
  }
}

/// Where a range may be cut: after its cursor and before its end.
struct CutRange: Sendable {
  var after: Key
  var before: Key?

  func contains(_ cut: Key) -> Bool {
    cut > after && before.map { cut < $0 } ?? true
  }
}

extension KeyAlphabets.Alphabet {
  fileprivate var first: UInt8? { next(from: 0) }

  fileprivate func weight(below byte: UInt8) -> Double {
    byte == 0 ? 0 : weight(in: 0...Int(byte) - 1)
  }

  /// The smallest byte from `byte` on that was seen or is likely.
  fileprivate func next(from byte: UInt8) -> UInt8? {
    switch (seen.next(from: byte), guessed.next(from: byte)) {
    case (let seen?, let guessed?): min(seen, guessed)
    case (let seen, let guessed): seen ?? guessed
    }
  }
}

/// How many bytes two keys have in common at their beginning.
func commonPrefixCount(_ left: [UInt8], _ right: [UInt8]) -> Int {
  let end = min(left.count, right.count)
  var count = 0
  while count < end, left[count] == right[count] { count += 1 }
  return count
}
