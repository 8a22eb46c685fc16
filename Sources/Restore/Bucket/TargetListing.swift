internal import S3
internal import Vocabulary

/// Looks up many keys of the target by listing it, as long as a page tells of enough of them.
///
/// One LIST costs as much as a dozen HEADs and tells of up to a thousand keys. So a few keys among millions
/// are left to HEAD, and a whole prefix is not. Keys come in order, over all calls.
struct TargetListing {
  private let client: S3Client
  private let target: CopyTarget
  private var page = ObjectPage()
  private var index = 0
  private var isLast = false
  /// Whether the server does not list, or not in order.
  private var isOff = false

  private static let keysMin = 8
  private static let keysPerPageMin = 32

  init(_ client: S3Client, _ target: CopyTarget) {
    self.client = client
    self.target = target
  }

  /// What stands at each of these keys, which are in order; `unknown` where that was not worth a page.
  mutating func look(at keys: [Key]) async throws -> [TargetObject] {
    guard keys.count >= Self.keysMin else { return keys.map { _ in .unknown } }
    var pagesLeft = 1 + keys.count / Self.keysPerPageMin
    var found: [TargetObject] = []
    for key in keys {
      while index == page.records.count || page.key(at: index) < key {
        if index < page.records.count {
          index += 1
        } else if isLast || isOff {
          break
        } else if pagesLeft > 0 {
          pagesLeft -= 1
          try await turn(to: key)
        } else {
          break
        }
      }
      if index < page.records.count, page.key(at: index) == key {
        let record = page.records[index]
        found.append(
          .listed(
            etag: page.etag(at: index), size: record.size, modified: record.lastModified))
      } else if index < page.records.count || isLast && !isOff {
        found.append(.absent)
      } else {
        found.append(.unknown)
      }
    }
    return found
  }

  /// Fetches the page that begins with `key` or goes on after the last one, whichever is further.
  private mutating func turn(to key: Key) async throws {
    let last = page.lastKey ?? .start
    let after = max(last, key.beforeLastScalar)
    do {
      let answer = try await client.listObjects(
        bucket: target.bucket, prefix: target.prefix, from: .after(after))
      page = answer.objects
      index = 0
      isLast = !answer.isTruncated
      // A page that leads nowhere, or is not in order, tells nothing.
      isOff =
        !page.isAscending || page.records.isEmpty && !isLast
        || (page.firstKey.map { $0 <= after } ?? false)
    } catch is S3Error {
      // Each key is asked for by itself then, which tells what is wrong with it.
      isOff = true
    }
    if isOff { (page, index) = (ObjectPage(), 0) }
  }
}

extension ObjectPage {
  fileprivate var isAscending: Bool {
    records.indices.dropFirst().allSatisfy { key(at: $0 - 1) < key(at: $0) }
  }
}

extension Key {
  /// A key that is before this one and after few others: without its last character.
  fileprivate var beforeLastScalar: Key {
    var bytes = bytes
    while let last = bytes.popLast(), last & 0xC0 == 0x80 {}
    return Key(bytes)
  }
}
