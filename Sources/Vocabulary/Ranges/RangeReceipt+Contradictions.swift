extension RangeReceipt {
  /// What cannot be in it, whatever the bucket holds; `part` is its range below the prefix.
  package func contradictions(in part: KeyRange) -> [String] {
    var words: [String] = []
    func expect(_ isSo: Bool, _ otherwise: String) { if !isSo { words.append(otherwise) } }
    expect(checksum.map { $0 == sum } ?? true, "it was changed after it was written")
    let keys = [first, last].compactMap(\.self)
    expect(
      keys.count == (objects == 0 ? 0 : 2),
      "\(objects) objects do not go with the keys that it names")
    expect(objects > 0 || bytes == 0, "no object has \(bytes) bytes")
    for key in keys {
      expect(
        part.contains(key) && key.bytes.starts(with: prefix.bytes),
        "\(key.percentEncoded) is no key of the range")
    }
    if let first, let last {
      expect(
        objects == 1 ? first == last : first < last, "its first and last key do not go with it")
    }
    if let next {
      let isBehind = part.upper.map { next > $0 } ?? false
      expect(
        isBehind && next.bytes.starts(with: prefix.bytes),
        "\(next.percentEncoded) does not come behind the range")
    }
    expect(started <= finished, "it ended before it began")
    expect(retries < requests, "it has more repeated requests than requests")
    return words
  }
}
