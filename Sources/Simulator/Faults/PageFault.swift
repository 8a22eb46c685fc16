import Vocabulary

extension PageFault {
  /// The page to answer `request` with in place of the right one.
  ///
  /// Nil where the fault cannot be: a first page has none before it, one key no order.
  func page(
    of bucket: borrowing BucketContents, for request: ListRequest, random: UInt64
  ) -> ListPage? {
    switch self {
    case .repeatedPage:
      return Self.page(request.keysMax, before: request, of: bucket)
    case .overlap:
      return Self.page(1, before: request, of: bucket)
    case .firstPage:
      guard !request.isFirst else { return nil }
      var first = request
      first.token = nil
      first.startAfter = []
      return ListPage(of: bucket, for: first)
    case .rolledUp:
      var rolledUp = request
      rolledUp.delimiter = [UInt8(ascii: "/")]
      let page = ListPage(of: bucket, for: rolledUp)
      guard page.commonPrefixCount > 0 else { return nil }
      return page
    case .emptyPage:
      var empty = request
      empty.keysMax = 0
      var page = ListPage(of: bucket, for: empty)
      // Not the token that asked: it is as good, but looks new.
      page.next = request.position
      page.next?.hops = ((request.token?.hops ?? 0) + 1) & 0x7F
      return page
    case .tokenBack:
      var page = ListPage(of: bucket, for: request)
      guard page.next != nil else { return nil }
      page.next = request.position
      return page
    case .noToken:
      var page = ListPage(of: bucket, for: request)
      page.next = nil
      page.isTruncatedWithoutToken = true
      return page
    case .noLatest: return nil
    case .reversedPage, .swappedKeys, .duplicateKey, .missingSize:
      var page = ListPage(of: bucket, for: request)
      guard page.rewriteObjects({ rewrite(&$0, random: random) }) else { return nil }
      return page
    }
  }

  /// A page that begins `count` objects early; nil when nothing is that early.
  private static func page(
    _ count: Int, before request: ListRequest, of bucket: borrowing BucketContents
  ) -> ListPage? {
    let end = ListPage.firstIndex(in: bucket.keys, for: request)
    let begin = bucket.keys.firstIndex(atOrAfter: Key(request.prefix))
    var index = end
    var left = count
    while index > begin, left > 0 {
      index -= 1
      if bucket.current(at: index) != nil { left -= 1 }
    }
    guard left < count else { return nil }
    return ListPage(of: bucket, for: request, from: index)
  }

  /// Changes the XML of a page's objects or versions; false when there are too few.
  func rewrite(_ objects: inout [[UInt8]], random: UInt64) -> Bool {
    guard objects.count > 1 else { return false }
    let place = Int(random % UInt64(objects.count - 1))
    switch self {
    case .reversedPage: objects.reverse()
    case .swappedKeys: objects.swapAt(place, place + 1)
    case .duplicateKey:
      // Half of the time at the end, where the next page goes on.
      let twin = random >> 63 == 0 ? place : objects.count - 1
      objects.insert(objects[twin], at: twin)
    case .missingSize:
      // Delete markers have none.
      for place in Array(objects.indices[place...]) + Array(objects.indices[..<place]) {
        let text = String(decoding: objects[place], as: UTF8.self)
        guard let begin = text.firstRange(of: "<Size>"), let end = text.firstRange(of: "</Size>")
        else { continue }
        objects[place] = Array((text[..<begin.lowerBound] + text[end.upperBound...]).utf8)
        return true
      }
      return false
    case .noLatest:
      for place in objects.indices {
        let text = String(decoding: objects[place], as: UTF8.self)
        objects[place] = Array(
          text.replacing("<IsLatest>true<", with: "<IsLatest>false<", maxReplacements: 1).utf8)
      }
    default: return false
    }
    return true
  }
}

extension ListRequest {
  /// Whether it asks for the beginning.
  fileprivate var isFirst: Bool { token == nil && startAfter.isEmpty }

  /// The place it asks to go on from.
  fileprivate var position: ContinuationToken {
    token ?? ContinuationToken(after: startAfter, isCommonPrefix: false)
  }
}

extension ListPage {
  /// Hands over the XML of every object and takes what became of it; false leaves the page alone.
  fileprivate mutating func rewriteObjects(_ change: (inout [[UInt8]]) -> Bool) -> Bool {
    let bytes = contents.bytes
    let mark = Array("<Contents>".utf8)
    var begins: [Int] = []
    for place in bytes.indices where bytes[place] == mark[0] && bytes[place...].starts(with: mark) {
      begins.append(place)
    }
    var objects = begins.enumerated().map { number, begin in
      Array(bytes[begin..<(number + 1 < begins.count ? begins[number + 1] : bytes.count)])
    }
    guard change(&objects) else { return false }
    contents = ByteBuffer(capacity: bytes.count + 1_024)
    for object in objects { contents.append(object) }
    objectCount = objects.count
    return true
  }
}
