internal import Vocabulary

/// Which bytes stand where in keys, and how many more are likely to stand there: what makes a key a number
/// between the first and the last that are possible.
///
/// Bytes are of four kinds: digits, small letters, capitals and all others. A kind that is rare at a place is
/// what stands behind shorter names: `.jpg` where longer numbers have digits.
struct ProbeAlphabets: Sendable {
  private typealias Place = KeyAlphabets.Place

  private struct Alphabet {
    var seen = ByteSet()
    var samples = [0.0, 0, 0, 0]
    /// Whether it was asked somewhere what others there are.
    var isAll = false
  }

  private var alphabets: [Place: Alphabet] = [:]

  private static let samplesPerPage = 32
  private static let bytesMax = 256
  private static let rareShare = 0.1
  private static let rareWeight = 0.02
  private static let letterWeight = 0.3

  mutating func learn(_ page: ObjectPage) {
    let step = max(1, page.records.count / Self.samplesPerPage)
    for index in stride(from: page.records.count - 1, through: 0, by: -step) {
      var place = Place()
      for byte in page.text[page.records[index].key.range].prefix(Self.bytesMax) {
        var alphabet = alphabets[place] ?? Alphabet()
        alphabet.seen.insert(byte)
        alphabet.samples[kind(of: byte)] += 1
        alphabets[place] = alphabet
        place = place.after(byte)
      }
    }
  }

  /// Notes that all bytes were looked for that stand behind these.
  mutating func noteAll(after prefix: [UInt8]) {
    alphabets[prefix.reduce(Place()) { $0.after($1) }]?.isAll = true
  }

  /// Where a key lies among all that share its first bytes, from 0 to 1, when its bytes are digits.
  func position(of key: [UInt8], from depth: Int) -> Double {
    var (position, unit, place) = (0.0, 1.0, Place())
    for (index, byte) in key.enumerated() {
      defer { place = place.after(byte) }
      guard index >= depth, let alphabet = alphabets[place] else { continue }
      let (below, own, all) = weights(of: alphabet, around: byte)
      position += unit * below / all
      unit *= own / all
      if unit < 1e-12 { break }
    }
    return position
  }

  private func weights(
    of alphabet: Alphabet, around byte: UInt8
  ) -> (below: Double, own: Double, all: Double) {
    let rare = alphabet.samples.reduce(0, +) * Self.rareShare
    var guessWeight = [0.0, 0, 0, 0]
    let letters = alphabet.seen - .digits
    let isHex = letters.isSubset(of: .hexDigits) && alphabet.seen.count >= 3 && letters.count > 0
    if alphabet.seen.limited(to: 48...57).count >= 2 { guessWeight[0] = 1 }
    for (kind, range) in [(1, 97...122), (2, 65...90)]
    where alphabet.seen.limited(to: range).count >= 3 {
      guessWeight[kind] = isHex ? 0 : Self.letterWeight
    }
    var (below, own, all) = (0.0, 0.0, 0.0)
    for value in 0...255 {
      let other = UInt8(value)
      let kind = kind(of: other)
      var weight = alphabet.seen.contains(other) ? 1 : alphabet.isAll ? 0 : guessWeight[kind]
      if isHex, !alphabet.isAll || alphabet.seen.contains(other), ByteSet.hexDigits.contains(other)
      {
        weight = 1
      } else if alphabet.samples[kind] < rare {
        weight *= Self.rareWeight
      }
      if other < byte { below += weight }
      if other == byte { own = max(weight, Self.rareWeight) }
      all += weight
    }
    return (below, own, max(all, own))
  }

  private func kind(of byte: UInt8) -> Int {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): 0
    case UInt8(ascii: "a")...UInt8(ascii: "z"): 1
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): 2
    default: 3
    }
  }
}
