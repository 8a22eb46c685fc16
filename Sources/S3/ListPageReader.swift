import AWS
import Vocabulary

/// Fills a `ListPage` from the children of `<ListBucketResult>` or of `<ListVersionsResult>`; what is
/// in an entry, `EntryReader` reads.
struct ListPageReader {
  private var page = ListPage()
  private var entries: EntryReader
  private var seen: Seen = []
  private var isTruncated: Bool?
  /// Whether the page says what comes next by a name that nobody knows.
  private var hasOtherNext = false
  private let bodyBytes: Int

  private struct Seen: OptionSet {
    let rawValue: Int
    static let keyCount = Seen(rawValue: 1 << 0)
    static let isTruncated = Seen(rawValue: 1 << 1)
    static let encodingType = Seen(rawValue: 1 << 2)
    static let nextContinuationToken = Seen(rawValue: 1 << 3)
    static let nextMarker = Seen(rawValue: 1 << 4)
    /// What the request said, repeated in the answer.
    static let marker = Seen(rawValue: 1 << 5)
    static let startAfter = Seen(rawValue: 1 << 6)
    static let continuationToken = Seen(rawValue: 1 << 7)
    static let nextKeyMarker = Seen(rawValue: 1 << 8)
    static let nextVersionIDMarker = Seen(rawValue: 1 << 9)

    static let versionOne: Seen = [.marker, .nextMarker]
    static let versionTwo: Seen = [
      .keyCount, .nextContinuationToken, .startAfter, .continuationToken,
    ]
  }

  init(bodyBytes: Int) {
    self.bodyBytes = bodyBytes
    entries = EntryReader(bodyBytes: bodyBytes)
  }

  /// Reads a page of objects, up to the end of the root element.
  mutating func read(_ scanner: inout XMLScanner) throws(XMLError) -> ListPage {
    try checkSize()
    while try scanner.nextChild() {
      if scanner.isNamed("Contents") {
        try entries.readObject(&scanner)
      } else {
        try readOther(&scanner)
      }
    }
    let hasNext =
      page.nextContinuationToken != nil || page.nextMarker != nil || page.nextKeyMarker != nil
      || page.nextVersionIDMarker != nil
    return try finish(scanner.offset, hasNext: hasNext)
  }

  /// Reads a page of versions and delete markers, in the order of the document, up to the end of the
  /// root element.
  mutating func readVersions(_ scanner: inout XMLScanner) throws(XMLError) -> ListPage {
    try checkSize()
    while try scanner.nextChild() {
      if scanner.isNamed("Version") {
        try entries.readVersion(.version, &scanner)
      } else if scanner.isNamed("DeleteMarker") {
        try entries.readVersion(.deleteMarker, &scanner)
      } else if scanner.isNamed("Contents") {
        throw XMLError(offset: scanner.offset, expected: "versions, not objects,")
      } else {
        try readOther(&scanner)
      }
    }
    let hasNext =
      page.nextKeyMarker != nil || page.nextVersionIDMarker != nil || page.nextMarker != nil
      || page.nextContinuationToken != nil
    var page = try finish(scanner.offset, hasNext: hasNext)
    if page.encodingIsURL, let marker = page.nextKeyMarker {
      page.nextKeyMarker = marker.decodedAsMarker(last: page.objects.lastKey)
    }
    if let middle = entries.firstMarker, entries.isInTwoBlocks {
      page.hasGuessedOrder = page.objects.mergeBlocks(
        at: middle, lastVersionID: page.nextVersionIDMarker)
    }
    return page
  }

  private func checkSize() throws(XMLError) {
    guard bodyBytes <= Int(Int32.max) else {
      throw XMLError(offset: 0, expected: "a page of less than 2 GiB")
    }
  }

  private mutating func readOther(_ scanner: inout XMLScanner) throws(XMLError) {
    if scanner.isNamed("CommonPrefixes") {
      try readCommonPrefixes(&scanner)
    } else {
      try readField(&scanner)
    }
  }

  private mutating func readField(_ scanner: inout XMLScanner) throws(XMLError) {
    if scanner.isNamed("Name") {
      page.name = try scanner.nextStringIfAny() ?? ""
    } else if scanner.isNamed("Prefix") {
      page.prefix = try scanner.textOrSkip().map { Key(scanner.bytes($0)) } ?? .start
    } else if scanner.isNamed("KeyCount") {
      seen.insert(.keyCount)
      let text = try scanner.textOrSkip()
      page.keyCount = text.flatMap { scanner.withBytes(of: $0, paddedDecimal) }.map { Int($0) }
    } else if scanner.isNamed("EncodingType") {
      let isURL = trimmingBlanks(scanner.string(try scanner.text())) == "url"
      try check(.encodingType, page.encodingIsURL == isURL, scanner)
      if isURL, !page.encodingIsURL {
        page.encodingIsURL = true
        try entries.decode(before: scanner.offset)
      }
    } else if let element = scanner.pagingElement {
      try readPaging(element, &scanner)
    } else {
      if scanner.isNamed("Marker") { seen.insert(.marker) }
      if scanner.isNamed("StartAfter") { seen.insert(.startAfter) }
      try scanner.refuseOtherCases(
        of: "Contents", "CommonPrefixes", "Version", "DeleteMarker", "EncodingType")
      try scanner.skip()
    }
  }

  /// Reads what a page says of more to come.
  private mutating func readPaging(
    _ element: PagingElement, _ scanner: inout XMLScanner
  ) throws(XMLError) {
    switch element {
    case .isTruncated:
      let answer = try scanner.nextTruth()
      try check(.isTruncated, isTruncated == answer, scanner)
      isTruncated = answer
    case .token:
      seen.insert(.continuationToken)
      page.continuationToken = try scanner.nextStringIfAny().flatMap { $0.isEmpty ? nil : $0 }
    case .nextToken:
      let token = try scanner.nextToken()
      try check(.nextContinuationToken, page.nextContinuationToken == token, scanner)
      page.nextContinuationToken = token
    case .nextMarker:
      let bytes = scanner.bytes(try scanner.text())
      let marker = bytes.isEmpty ? nil : Key(bytes)
      try check(.nextMarker, page.nextMarker == marker, scanner)
      page.nextMarker = marker
    case .nextKeyMarker:
      let bytes = scanner.bytes(try scanner.text())
      let marker = bytes.isEmpty ? nil : Key(bytes)
      try check(.nextKeyMarker, page.nextKeyMarker == marker, scanner)
      page.nextKeyMarker = marker
    case .nextVersionIDMarker:
      let marker = try scanner.nextWord()
      try check(.nextVersionIDMarker, page.nextVersionIDMarker == marker, scanner)
      page.nextVersionIDMarker = marker
    case .nextUploadIDMarker, .nextPartNumberMarker, .otherNext:
      if try scanner.nextSaysAnything() { hasOtherNext = true }
    }
  }

  private mutating func readCommonPrefixes(_ scanner: inout XMLScanner) throws(XMLError) {
    while try scanner.nextChild() {
      if scanner.isNamed("Prefix") {
        page.commonPrefixes.append(Key(scanner.bytes(try scanner.text())))
      } else {
        try scanner.skip()
      }
    }
  }

  /// Notes that a field was there, and refuses it when it was there before and said something else.
  private mutating func check(
    _ field: Seen, _ isSame: Bool, _ scanner: borrowing XMLScanner
  ) throws(XMLError) {
    guard seen.insert(field).inserted || isSame else {
      throw XMLError(offset: scanner.offset, expected: "the same value where a field is repeated,")
    }
  }

  private mutating func finish(_ end: Int, hasNext: Bool) throws(XMLError) -> ListPage {
    page.objects = try entries.finished()
    let isEmpty = page.objects.records.isEmpty && page.commonPrefixes.isEmpty
    let hasNext = hasNext || hasOtherNext
    page.saysWhetherTruncated = isTruncated != nil
    page.isTruncated =
      switch isTruncated {
      case true?: true
      // Which of the two is true, the next page tells; it may say no more than this one.
      case false?: hasNext && !isEmpty
      // A page without a word about its end proves nothing: what follows is asked for.
      case nil: hasNext || !isEmpty
      }
    page.saysNothingOfEnd = isTruncated == nil && !hasNext && !isEmpty
    page.isVersionOne = !seen.isDisjoint(with: .versionOne) && seen.isDisjoint(with: .versionTwo)
    if page.encodingIsURL {
      if var marker = page.nextMarker?.bytes {
        guard percentDecode(&marker, from: 0) else {
          throw XMLError(offset: end, expected: "a percent-encoded NextMarker")
        }
        page.nextMarker = Key(marker)
      }
      var prefix = page.prefix.bytes
      if percentDecode(&prefix, from: 0) { page.prefix = Key(prefix) }
      for index in page.commonPrefixes.indices {
        guard percentDecode(&page.commonPrefixes[index].bytes, from: 0) else {
          throw XMLError(
            offset: end, expected: "percent-encoded CommonPrefixes (number \(index + 1))")
        }
      }
    }
    return page
  }
}

extension XMLScanner {
  /// What `text` says, as bytes of its own.
  func bytes(_ text: XMLText) -> [UInt8] {
    var result: [UInt8] = []
    append(text, to: &result)
    return result
  }
}
