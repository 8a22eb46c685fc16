import Vocabulary

extension BucketContents {
  /// Lets something happen to the key that a page of versions ended in, before the next one is asked
  /// for: to the very version that its marker names, to the ones that come next, or above them.
  mutating func churn(
    _ key: Key, after number: WriteNumber, at time: Timestamp, random: UInt64
  ) {
    guard let index = keys.index(of: key) else { return }
    switch random % 5 {
    case 0: remove(number, at: index)
    case 1: removeEntries(after: number, at: index, count: 2)
    case 2: _ = put(key, Self.attributes(from: random, at: time), asMoto: false)
    case 3: _ = delete(key, at: time, asMoto: false)
    default:
      remove(number, at: index)
      removeEntries(after: number, at: index, count: 1)
      _ = put(key, Self.attributes(from: random, at: time), asMoto: false)
    }
  }

  private mutating func removeEntries(after number: WriteNumber, at index: Int, count: Int) {
    var history = history(at: index)
    history.skip(through: number)
    for _ in 0..<count {
      guard let entry = history.next() else { return }
      remove(entry.number, at: index)
    }
  }

  private static func attributes(
    from random: UInt64, at time: Timestamp
  ) -> ObjectModel.Attributes {
    ObjectModel.Attributes(
      size: Int64(random >> 44), etagHigh: mixed(random), etagLow: mixed(mixed(random)), parts: 0,
      lastModified: time, storageClass: 0)
  }
}
