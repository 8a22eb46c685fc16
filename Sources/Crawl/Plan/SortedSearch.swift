internal import Vocabulary

extension RandomAccessCollection {
  /// The first index whose element is past something, where all elements after such a one are past it
  /// too; the end when none is.
  ///
  ///     [1, 3, 7].firstIndex(past: { $0 > 2 })  // 1
  func firstIndex(past isPast: (Element) -> Bool) -> Index {
    var low = startIndex
    var count = count
    while count > 0 {
      let half = count / 2
      let middle = index(low, offsetBy: half)
      if isPast(self[middle]) {
        count = half
      } else {
        low = index(after: middle)
        count -= half + 1
      }
    }
    return low
  }
}

extension ObjectPage {
  /// The position of the first key that sorts after this one; the keys are in order.
  func firstIndex(after key: Key) -> Int {
    text.withUnsafeBufferPointer { text in
      records.firstIndex(past: { key.bytes.lexicographicallyPrecedes(text[$0.key.range]) })
    }
  }
}
