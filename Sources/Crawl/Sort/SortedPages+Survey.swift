internal import System
package import Vocabulary

extension SortedPages {
  /// Keys that have versions, and none that is the latest.
  package struct Headless: Equatable, Sendable {
    package var keys: Int64 = 0
    /// The first of them.
    package var first: Key?

    package init(keys: Int64 = 0, first: Key? = nil) {
      self.keys = keys
      self.first = first
    }
  }

  /// Looks for keys without a latest version, through all entries, before any of them is handed out.
  ///
  /// Precondition: they are of versions.
  ///
  /// - Throws: `SystemError`, cancellation.
  package func headless() throws -> Headless {
    var found = Headless()
    var merge = try RunMerge(file)
    var key: [UInt8] = []
    // Before the first key there is none that lacks something.
    var hasLatest = true
    func endKey() {
      guard !hasLatest else { return }
      found.keys += 1
      if found.first == nil { found.first = Key(key) }
    }
    var entries = 0
    while merge.hasEntry {
      merge.withEntry { bytes, start in
        let next = RunEntry.key(at: start, in: bytes)
        let isLatest = bytes[start + 11] & RunEntry.Flag.latest != 0
        if key.withUnsafeBytes({ RunEntry.order($0, next) == 0 }) {
          hasLatest = hasLatest || isLatest
        } else {
          endKey()
          key.removeAll(keepingCapacity: true)
          key.append(contentsOf: next)
          hasLatest = isLatest
        }
      }
      try merge.advance()
      entries += 1
      if entries.isMultiple(of: 65_536) { try Task.checkCancellation() }
    }
    endKey()
    return found
  }

  /// Looks for a key that comes more than once, through all entries, before any of them is handed out.
  ///
  /// - Throws: `SystemError`, cancellation.
  package func firstRepeated() throws -> Key? {
    var merge = try RunMerge(file)
    var key: [UInt8]?
    var entries = 0
    while merge.hasEntry {
      let isRepeated = merge.withEntry { bytes, start in
        let next = RunEntry.key(at: start, in: bytes)
        if key?.withUnsafeBytes({ RunEntry.order($0, next) == 0 }) == true { return true }
        key?.removeAll(keepingCapacity: true)
        if key == nil { key = [] }
        key?.append(contentsOf: next)
        return false
      }
      if isRepeated == true { return key.map { Key($0) } }
      try merge.advance()
      entries += 1
      if entries.isMultiple(of: 65_536) { try Task.checkCancellation() }
    }
    return nil
  }
}
