internal import Vocabulary

extension RangeSweep {
  /// Where to ask, and how many keys are likely to lie before that.
  struct Step {
    var bound: Key
    /// What the keys begin with that it stays in, or leaves.
    var head: [UInt8]
    var keys: Double
    var isExit: Bool
  }

  /// Where about so many keys have passed behind a stop; nil where that cannot be told.
  ///
  /// The last number of a key that has room for it grows. `isWide` leaves out those that others like it had no
  /// room in, and goes on with the number before.
  func step(behind stop: Stop, _ count: Double, isWide: Bool = true) -> Step? {
    guard let bytes = stop.through?.bytes else { return nil }
    let numbers = KeyNumber.all(in: bytes)
    let first = numbers.firstIndex(where: { $0.run.lowerBound >= prefix.bytes.count }) ?? 0
    var exhausted: Int?
    var deepest: Int?
    for index in numbers.indices.reversed() where index >= first {
      let number = numbers[index]
      guard let (_, alike, distance) = stop.growth(of: number, in: bytes) else { continue }
      let above = (0..<index).reversed().lazy.compactMap { typicalSize($0) }.first
      if isWide, let above, above < count {
        exhausted = index
        deepest = deepest ?? index
        continue
      }
      var rate = alike / max(distance, 1e-9)
      // One step of a number within a page says where it ended, not how long it was.
      if distance < 2 {
        guard number.isNumber, let known = typicalSize(index), exhausted != nil else {
          if exhausted != nil { break }
          continue
        }
        rate = known
      }
      if let step = step(
        number, in: bytes, count, rate: rate, isFirst: index == first, isWhole: exhausted != nil)
      {
        return step
      }
      exhausted = index
      deepest = deepest ?? index
    }
    guard let exhausted, let deepest else { return nil }
    let top = bytes[..<numbers[exhausted].run.lowerBound]
    let head =
      top.count > prefix.bytes.count ? top : bytes[..<numbers[deepest].run.lowerBound]
    return Key(Array(head)).prefixUpperBound.flatMap { Key(boundAtOrAfter: $0.bytes) }
      .map { Step(bound: $0, head: Array(head), keys: count, isExit: true) }
  }

  /// A step of one number; nil where it has no room for it.
  private func step(
    _ number: KeyNumber, in bytes: [UInt8], _ count: Double, rate: Double, isFirst: Bool,
    isWhole: Bool
  ) -> Step? {
    let room = number.room(in: bytes)
    var units = count / rate
    // Where there is not room for all of that, but for much, half of what is left.
    if units >= room, isFirst || room * rate / 2 > count / 16, room * rate / 2 > 500 {
      units = room / 2
    }
    if isWhole { units = max(1, units.rounded(.down)) }
    guard units < room, let digits = number.digits(in: bytes, adding: units) else { return nil }
    let head = Array(bytes[..<number.run.lowerBound])
    return Key(boundAtOrAfter: head + digits).map {
      Step(bound: $0, head: head, keys: units * rate, isExit: false)
    }
  }
}
