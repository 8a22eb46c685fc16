import Vocabulary

extension PageFault {
  /// The page of versions to answer `request` with in place of the right one.
  ///
  /// Nil where the fault cannot be: a first page has none before it, one entry no order.
  func page(
    of contents: borrowing BucketContents, for request: VersionsRequest, from start: VersionsStart?,
    random: UInt64
  ) -> VersionsPage? {
    switch self {
    case .repeatedPage: return Self.page(request.entriesMax, before: start, request, of: contents)
    case .overlap: return Self.page(1, before: start, request, of: contents)
    case .firstPage:
      guard !request.keyMarker.isEmpty else { return nil }
      var first = request
      first.keyMarker = []
      first.versionIDMarker = []
      return VersionsPage(
        of: contents, for: first,
        from: VersionsStart(index: contents.keys.firstIndex(atOrAfter: Key(request.prefix))))
    case .rolledUp:
      var rolledUp = request
      rolledUp.delimiter = [UInt8(ascii: "/")]
      let page = VersionsPage(of: contents, for: rolledUp, from: start)
      guard page.commonPrefixCount > 0 else { return nil }
      return page
    case .emptyPage:
      guard let position = request.position else { return nil }
      var page = VersionsPage(of: contents, for: request, from: nil)
      page.next = position
      return page
    case .tokenBack:
      var page = VersionsPage(of: contents, for: request, from: start)
      guard page.next != nil, let position = request.position else { return nil }
      page.next = position
      return page
    case .noToken:
      var page = VersionsPage(of: contents, for: request, from: start)
      page.isTruncatedWithoutMarkers = true
      return page
    case .reversedPage, .swappedKeys, .duplicateKey, .missingSize, .noLatest:
      var page = VersionsPage(of: contents, for: request, from: start)
      guard page.rewriteEntries({ rewrite(&$0, random: random) }) else { return nil }
      return page
    }
  }

  /// A page that begins `count` keys early; nil when nothing is that early.
  private static func page(
    _ count: Int, before start: VersionsStart?, _ request: VersionsRequest,
    of contents: borrowing BucketContents
  ) -> VersionsPage? {
    guard let start else { return nil }
    let begin = contents.keys.firstIndex(atOrAfter: Key(request.prefix))
    // The whole key that the page goes on in is early enough for one.
    var index = start.index
    var left = start.through == nil ? count : count - 1
    while index > begin, left > 0 {
      index -= 1
      if contents.hasEntries(at: index) { left -= 1 }
    }
    guard index < start.index || start.through != nil else { return nil }
    return VersionsPage(of: contents, for: request, from: VersionsStart(index: index))
  }
}

extension VersionsRequest {
  /// The place it asks to go on from; nil when it asks for the beginning.
  fileprivate var position: VersionsPage.Marker? {
    guard !keyMarker.isEmpty else { return nil }
    return VersionsPage.Marker(
      key: keyMarker, versionID: versionIDMarker.isEmpty ? nil : versionIDMarker)
  }
}
