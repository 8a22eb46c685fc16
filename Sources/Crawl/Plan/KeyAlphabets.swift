internal import Vocabulary

/// Which bytes occur where in the keys that were listed, as far as a guess at the others needs it.
///
/// A place is a segment between two '/' and an offset in it: folders of different lengths keep
/// their structure apart. A sample of each page is enough; what is wrong costs an empty request,
/// never a key.
struct KeyAlphabets: Equatable, Sendable {
  /// Where in a key a byte stands.
  struct Place: Hashable, Sendable {
    var segment = 0
    var offset = 0

    /// The place after `byte`.
    func after(_ byte: UInt8) -> Place {
      byte == UInt8(ascii: "/")
        ? Place(segment: segment + 1, offset: 0) : Place(segment: segment, offset: offset + 1)
    }
  }

  /// The bytes of one place: those seen, and those likely beside them.
  struct Alphabet: Equatable, Sendable {
    fileprivate(set) var seen = ByteSet()
    fileprivate(set) var guessed = ByteSet()

    /// How many of them there are, a guess counting for less.
    var weight: Double { Double(seen.count) + KeyAlphabets.guessWeight * Double(guessed.count) }

    /// How many of them lie in `range`.
    func weight(in range: ClosedRange<Int>) -> Double {
      Double(seen.limited(to: range).count)
        + KeyAlphabets.guessWeight * Double(guessed.limited(to: range).count)
    }

    func weight(of byte: UInt8) -> Double { seen.contains(byte) ? 1 : KeyAlphabets.guessWeight }

    /// Two digits suggest ten, and a letter up to 'f' among them sixteen.
    ///
    /// Among three, other letters suggest all of their case: names are words.
    fileprivate mutating func guess() {
      if seen.count >= 2, seen.isSubset(of: .digits) {
        guessed = .digits - seen
      } else if seen.count >= 3, seen.isSubset(of: .hexDigits) {
        guessed = .hexDigits - seen
      } else if seen.count >= 3 {
        guessed = ByteSet.alphanumerics(like: seen) - seen
      } else {
        guessed = ByteSet()
      }
    }
  }

  /// What a byte that was never seen counts for, compared to one that was: found best by
  /// simulation.
  fileprivate static let guessWeight = 0.3
  private static let segmentsMax = 64
  private static let offsetsMax = 256
  private static let samplesPerPage = 32

  private var segments: [[Alphabet]] = []

  subscript(place: Place) -> Alphabet {
    guard place.segment < segments.count, place.offset < segments[place.segment].count else {
      return Alphabet()
    }
    return segments[place.segment][place.offset]
  }

  /// Takes in a sample of a page, its last key always.
  mutating func learn(_ page: ObjectPage) {
    let step = max(1, page.records.count / Self.samplesPerPage)
    page.text.withUnsafeBufferPointer { text in
      var index = page.records.count - 1
      while index >= 0 {
        learn(text[page.records[index].key.range])
        index -= step
      }
    }
  }

  private mutating func learn(_ key: Slice<UnsafeBufferPointer<UInt8>>) {
    var place = Place()
    for byte in key {
      guard place.segment < Self.segmentsMax else { return }
      if place.offset < Self.offsetsMax { insert(byte, at: place) }
      place = place.after(byte)
    }
  }

  private mutating func insert(_ byte: UInt8, at place: Place) {
    while segments.count <= place.segment { segments.append([]) }
    while segments[place.segment].count <= place.offset {
      segments[place.segment].append(Alphabet())
    }
    guard !segments[place.segment][place.offset].seen.contains(byte) else { return }
    segments[place.segment][place.offset].seen.insert(byte)
    segments[place.segment][place.offset].guess()
  }
}
