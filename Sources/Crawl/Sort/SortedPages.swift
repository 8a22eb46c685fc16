internal import System
package import Vocabulary

/// Hands out what is in a `RunFile` as pages, in the order of keys.
///
/// A key, or a version of one, that came several times is handed out once. All versions of a key are on one
/// page, the latest first, the others by their times, and those of one time by their ids: the file has no other
/// order of them, and whatever ran side by side, it is the same each time.
package actor SortedPages {
  /// Which of several entries of one key, or of one version, counts.
  package enum Repetition: Sendable {
    /// The one that came last, from one writer.
    case lastCame
    /// The one that was written last.
    case newest
  }

  private let executor = SerialQueueExecutor(label: "merge")
  let file: RunFile
  private let repetition: Repetition
  private let entriesMax: Int
  /// Made by the first page, on the actor's own queue.
  private var merge: RunMerge?
  private let classes: [String]

  package nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  /// Pages of `entriesMax` entries, but for keys with more versions.
  ///
  /// Precondition: nobody writes to the file any more.
  package init(of file: RunFile, repetition: Repetition, entriesMax: Int) {
    self.file = file
    self.repetition = repetition
    self.entriesMax = entriesMax
    classes = file.classes
  }

  /// The next page; without entries after the last.
  ///
  /// - Throws: `SystemError`.
  package func nextPage() throws -> ObjectPage {
    if merge == nil { merge = try RunMerge(file) }
    var page = ObjectPage()
    page.storageClasses = classes
    page.records.reserveCapacity(entriesMax + 1)
    page.text.reserveCapacity(entriesMax * 100)
    var stack: [Entry] = []
    while let entry = take(into: &page, after: stack) {
      if let first = stack.first, entry.key != first.key {
        settle(&stack, in: &page)
        guard page.records.count < entriesMax else {
          // It begins the next page, for which it is still there.
          page.text.removeSubrange(Int(entry.key.offset)...)
          return page
        }
      }
      stack.append(entry)
      try merge?.advance()
    }
    settle(&stack, in: &page)
    return page
  }

  /// An entry with its texts in a page.
  private struct Entry {
    var key: ObjectPage.Slice
    var etag: ObjectPage.Slice
    var versionID: ObjectPage.Slice
    var size: Int64
    var lastModified: Int64
    var storageClass: UInt8
    var flags: UInt8

    var isLatest: Bool { flags & RunEntry.Flag.latest != 0 }
    var isVersion: Bool { flags & RunEntry.Flag.version != 0 }
  }

  /// Copies the texts of the entry that is due into a page; nil without one.
  ///
  /// An entry of the same key as those of `stack` has the same slice as its key.
  private func take(into page: inout ObjectPage, after stack: [Entry]) -> Entry? {
    let before = stack.last?.key
    return merge?.withEntry { bytes, start in
      let counts = (
        RunEntry.short(at: start + 4, in: bytes), RunEntry.short(at: start + 6, in: bytes),
        RunEntry.short(at: start + 8, in: bytes)
      )
      var place = start + RunEntry.headBytes
      func copy(_ count: Int) -> ObjectPage.Slice {
        defer { place += count }
        let slice = ObjectPage.Slice(offset: page.text.count, count: count)
        page.text.append(
          contentsOf: UnsafeRawBufferPointer(rebasing: bytes[place..<place + count]))
        return slice
      }
      let key = RunEntry.key(at: start, in: bytes)
      var slice = before
      if let before, before.count == key.count, isSame(before, key, page.text) {
        place += key.count
      } else {
        slice = copy(counts.0)
      }
      return Entry(
        key: slice ?? copy(counts.0), etag: copy(counts.1), versionID: copy(counts.2),
        size: bytes.loadUnaligned(fromByteOffset: start + 12, as: Int64.self),
        lastModified: bytes.loadUnaligned(fromByteOffset: start + 20, as: Int64.self),
        storageClass: bytes[start + 10], flags: bytes[start + 11])
    }
  }

  private func isSame(
    _ slice: ObjectPage.Slice, _ key: UnsafeRawBufferPointer, _ text: [UInt8]
  ) -> Bool {
    text.withUnsafeBytes {
      RunEntry.order(UnsafeRawBufferPointer(rebasing: $0[slice.range]), key) == 0
    }
  }

  /// Appends what counts of the entries of one key, and empties the stack.
  private func settle(_ stack: inout [Entry], in page: inout ObjectPage) {
    defer { stack.removeAll(keepingCapacity: true) }
    guard let last = stack.last else { return }
    guard last.isVersion else {
      let chosen =
        stack.count == 1 || repetition == .lastCame
        ? last : stack.dropFirst().reduce(stack[0]) { $1.lastModified >= $0.lastModified ? $1 : $0 }
      return append(chosen, to: &page)
    }
    if stack.count > 1 { stack = inOrder(stack, page.text) }
    for (index, entry) in stack.enumerated() {
      append(entry, to: &page)
      let isMarker = entry.flags & RunEntry.Flag.marker != 0
      page.versions.append(
        ObjectPage.Version(
          id: entry.versionID, kind: isMarker ? .deleteMarker : .version,
          // Two entries that say so were written one after the other.
          isLatest: entry.isLatest && index == 0))
    }
  }

  /// The versions of a key, each once.
  private func inOrder(_ stack: [Entry], _ text: [UInt8]) -> [Entry] {
    let ordered = stack.indices.sorted { left, right in
      let (one, other) = (stack[left], stack[right])
      if one.lastModified != other.lastModified, one.isLatest == other.isLatest {
        return one.lastModified > other.lastModified
      }
      if one.isLatest != other.isLatest { return one.isLatest }
      let order = text.withUnsafeBytes { text in
        RunEntry.order(
          UnsafeRawBufferPointer(rebasing: text[one.versionID.range]),
          UnsafeRawBufferPointer(rebasing: text[other.versionID.range]))
      }
      return order != 0 ? order < 0 : left < right
    }
    var seen: Set<[UInt8]> = []
    return ordered.compactMap { position in
      seen.insert(Array(text[stack[position].versionID.range])).inserted ? stack[position] : nil
    }
  }

  private func append(_ entry: Entry, to page: inout ObjectPage) {
    page.records.append(
      ObjectPage.Record(
        key: entry.key, etag: entry.etag, size: entry.size,
        lastModified: Timestamp(millisecondsSinceEpoch: entry.lastModified),
        storageClass: entry.storageClass))
  }
}
