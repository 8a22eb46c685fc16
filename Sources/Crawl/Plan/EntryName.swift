internal import Vocabulary

/// What tells one entry of a listing from all others: an object's key; in a listing of versions, the
/// version too.
struct EntryName: Hashable, Sendable {
  var key: Key
  /// Empty in a listing of objects.
  var versionID = ""
}

extension EntryName {
  init(_ entry: ListedVersion) {
    self.init(key: entry.key, versionID: entry.versionID)
  }
}

extension ObjectPage {
  func name(at index: Int) -> EntryName {
    EntryName(
      key: key(at: index), versionID: versions.isEmpty ? "" : versionID(at: index))
  }

  /// The first entry of a key greater than `key`; the page is in order.
  func firstName(after key: Key) -> EntryName? {
    let index = firstIndex(after: key)
    return index < records.count ? name(at: index) : nil
  }

  /// The first entry of a key greater than `key`; the page is in order.
  func firstRecord(after key: Key) -> Record? {
    let index = firstIndex(after: key)
    return index < records.count ? records[index] : nil
  }

  func holds(_ name: EntryName) -> Bool {
    var index = firstIndex(after: name.key) - 1
    while index >= 0, key(at: index) == name.key {
      if self.name(at: index) == name { return true }
      index -= 1
    }
    return false
  }
}

// MARK: - Pages of versions

extension ObjectPage {
  /// The position of the first key that sorts before the one in front of it; nil when none does.
  var firstDescendingIndex: Int? {
    text.withUnsafeBufferPointer { text in
      records.indices.dropFirst().first { index in
        let previous = records[index - 1].key.range
        return text[records[index].key.range].lexicographicallyPrecedes(text[previous])
      }
    }
  }

  /// The position of the first entry of the key that the entry at `index` has; keys do not descend.
  func firstIndex(ofKeyAt index: Int) -> Int {
    var first = index
    while first > 0, hasSameKey(first - 1, index) { first -= 1 }
    return first
  }

  func hasSameKey(_ index: Int, _ other: Int) -> Bool {
    hasSameBytes(records[index].key, records[other].key)
  }

  private func hasSameBytes(_ left: Slice, _ right: Slice) -> Bool {
    guard left.count == right.count else { return false }
    return text.withUnsafeBufferPointer { text in
      text[left.range].elementsEqual(text[right.range])
    }
  }

  /// Versions of a key that are compared one with another; more of them go into a set.
  private static let versionsComparedMax = 12

  /// The position of the first version that is there twice; keys do not descend.
  var firstRepeatedVersion: Int? {
    var start = 0
    while start < records.count {
      var end = start + 1
      while end < records.count, hasSameKey(end, start) { end += 1 }
      if end - start > 1, let index = firstRepeatedVersion(in: start..<end) { return index }
      start = end
    }
    return nil
  }

  private func firstRepeatedVersion(in entries: Range<Int>) -> Int? {
    if entries.count <= Self.versionsComparedMax {
      return entries.first { index in
        (entries.lowerBound..<index).contains {
          hasSameBytes(versions[$0].id, versions[index].id)
        }
      }
    }
    var seen: Set<ArraySlice<UInt8>> = []
    return entries.first { !seen.insert(text[versions[$0].id.range]).inserted }
  }

  /// Some entries as a page of their own.
  func slice(_ part: Range<Int>) -> ObjectPage {
    if part == records.indices { return self }
    var page = ObjectPage()
    page.append(self, part)
    return page
  }

  /// Appends the entries of another page.
  mutating func append(_ page: ObjectPage) {
    if records.isEmpty {
      self = page
    } else {
      append(page, page.records.indices)
    }
  }

  /// Appends some entries; many of them with all texts of their page, which is one copy.
  private mutating func append(_ page: ObjectPage, _ part: Range<Int>) {
    let classes = page.storageClasses.map { index(ofStorageClass: $0) }
    let isWhole = 2 * part.count > page.records.count
    let start = text.count
    if isWhole { text += page.text }
    // Of a key of many pages each would be a copy of all before.
    if records.isEmpty {
      records.reserveCapacity(part.count)
      versions.reserveCapacity(part.count)
    }
    for index in part {
      var record = page.records[index]
      record.key = isWhole ? record.key.moved(by: start) : take(record.key, of: page)
      record.etag = isWhole ? record.etag.moved(by: start) : take(record.etag, of: page)
      // A delete marker has none.
      if !classes.isEmpty { record.storageClass = classes[Int(record.storageClass)] }
      records.append(record)
      guard !page.versions.isEmpty else { continue }
      var version = page.versions[index]
      version.id = isWhole ? version.id.moved(by: start) : take(version.id, of: page)
      versions.append(version)
    }
  }

  private mutating func take(_ slice: Slice, of page: ObjectPage) -> Slice {
    defer { text += page.text[slice.range] }
    return Slice(offset: text.count, count: Int(slice.count))
  }
}

extension ObjectPage.Slice {
  fileprivate func moved(by count: Int) -> ObjectPage.Slice {
    ObjectPage.Slice(offset: Int(offset) + count, count: Int(self.count))
  }
}
