import Vocabulary

extension ObjectPage {
  /// Puts the entries of a page in order whose versions all stand before its delete markers, as moto and
  /// others send them: keys and times as they were, but each kind by itself.
  ///
  /// The page is left alone unless its keys are in order but for that, the first marker being `middle`.
  /// Of a key, the latest entry comes first, then the later one of each kind's next; of the same second
  /// the version, as nobody can tell. `lastVersionID` is what the server says it sent last:
  ///
  ///     b 10:02, b 10:01, c 10:00 latest; marker b 10:03 latest
  ///     →  b 10:03 latest marker, b 10:02, b 10:01, c 10:00 latest
  ///
  /// - Returns: whether there are such of the same second, so that the order is a guess.
  mutating func mergeBlocks(at middle: Int, lastVersionID: String?) -> Bool {
    let count = records.count
    guard middle > 0, middle < count, !isBefore(middle - 1, middle),
      isOrdered(0..<middle), isOrdered(middle..<count)
    else { return false }
    var isGuess = false
    var order: [Int] = []
    order.reserveCapacity(count)
    var (version, marker) = (0, middle)
    while version < middle, marker < count {
      if !isGuess { isGuess = isTie(marker, version) }
      if comesFirst(marker: marker, before: version) {
        order.append(marker)
        marker += 1
      } else {
        order.append(version)
        version += 1
      }
    }
    order += version..<middle
    order += marker..<count
    records = order.map { records[$0] }
    versions = order.map { versions[$0] }
    if let lastVersionID { moveToEnd(versionID: lastVersionID) }
    return isGuess
  }

  private func isTie(_ marker: Int, _ version: Int) -> Bool {
    records[marker].lastModified == records[version].lastModified
      && !versions[marker].isLatest && !versions[version].isLatest
      && !isBefore(marker, version) && !isBefore(version, marker)
  }

  private func isBefore(_ first: Int, _ second: Int) -> Bool {
    text[records[first].key.range].lexicographicallyPrecedes(text[records[second].key.range])
  }

  private func isOrdered(_ block: Range<Int>) -> Bool {
    block.dropFirst().allSatisfy { !isBefore($0, $0 - 1) }
  }

  private func comesFirst(marker: Int, before version: Int) -> Bool {
    if isBefore(marker, version) { return true }
    if isBefore(version, marker) { return false }
    if versions[marker].isLatest != versions[version].isLatest { return versions[marker].isLatest }
    return records[marker].lastModified > records[version].lastModified
  }

  /// Moves an entry of the last key behind all others.
  private mutating func moveToEnd(versionID: String) {
    guard let last = records.indices.last else { return }
    var index = last
    while index >= 0, !isBefore(index, last) {
      if text[versions[index].id.range].elementsEqual(versionID.utf8) {
        records.append(records.remove(at: index))
        versions.append(versions.remove(at: index))
        return
      }
      index -= 1
    }
  }
}

extension Key {
  /// What a marker means that stands in an answer whose keys are percent-encoded; `last` is the last key
  /// of that answer.
  ///
  /// Ceph RGW 16 encodes keys and leaves markers as they are. There the marker is the last key, and what
  /// cannot be decoded was not encoded.
  func decodedAsMarker(last: Key?) -> Key {
    guard self != last else { return self }
    var decoded = bytes
    return percentDecode(&decoded, from: 0) ? Key(decoded) : self
  }
}
