import AWS
import Vocabulary

/// One answer to ListParts, as far as it is counted (Amazon S3 API Reference).
package struct PartPage: Equatable, Sendable {
  /// Parts in a full page.
  private static let partsMax = 1_000

  /// The parts that follow the one that was asked from.
  package var count = 0
  package var bytes: Int64 = 0
  /// There is more to list, and `nextPartNumber` says how.
  package var isTruncated = false
  /// What to ask from next; nil when this is the last page.
  package var nextPartNumber: Int?

  package init() {}

  /// Reads the body of an answer to what follows the part with the number `after`.
  ///
  /// A part without PartNumber or Size is an error. Where the marker is missing that a page with more to
  /// come should have, its greatest number serves: parts are listed by number.
  package init(parsing body: [UInt8], after: Int = 0) throws(AnswerError) {
    self = try readAnswer(
      body, root: "ListPartsResult",
      orHolding: { $0.contains("Part") || $0.contains("PartNumberMarker") }
    ) { (scanner) throws(XMLError) in
      try PartPage(reading: &scanner, after: after)
    }
  }

  private init(reading scanner: inout XMLScanner, after: Int) throws(XMLError) {
    var sizes: [Int: Int64] = [:]
    var saysTruncated: Bool?
    var marker: Int?
    var hasOtherNext = false
    while try scanner.nextChild() {
      if scanner.isNamed("Part") {
        let part = try Self.part(&scanner)
        sizes[part.number] = part.size
        continue
      }
      switch scanner.pagingElement {
      case .isTruncated: saysTruncated = try scanner.nextTruth()
      case .nextPartNumberMarker:
        marker = try scanner.textOrSkip().flatMap { scanner.withBytes(of: $0, paddedDecimal) }
          .flatMap { Int(exactly: $0) }
      case .token, nil:
        try scanner.refuseOtherCases(of: "Part")
        try scanner.skip()
      default: if try scanner.nextSaysAnything() { hasOtherNext = true }
      }
    }
    let new = sizes.filter { $0.key > after }
    count = new.count
    bytes = new.values.saturatedSum()
    // Whoever does not say which page is the last, and where it goes on, means that.
    let goesOn = hasOtherNext || (marker ?? 0) > 0 || sizes.count >= Self.partsMax
    isTruncated = saysTruncated ?? (goesOn && !new.isEmpty)
    guard isTruncated else { return }
    nextPartNumber = marker.flatMap { $0 > 0 ? $0 : nil } ?? new.keys.max()
    guard nextPartNumber != nil else {
      throw XMLError(
        offset: scanner.offset, expected: "NextPartNumberMarker where there are more parts,")
    }
  }

  private static func part(
    _ scanner: inout XMLScanner
  ) throws(XMLError) -> (number: Int, size: Int64) {
    var number: XMLText?
    var size: XMLText?
    while try scanner.nextChild() {
      switch scanner.name {
      case "PartNumber": number = try scanner.text()
      case "Size": size = try scanner.text()
      default: try scanner.skip()
      }
    }
    let value = number.flatMap { scanner.withBytes(of: $0, paddedDecimal) }
    guard let value = value.flatMap({ Int(exactly: $0) }) else {
      throw XMLError(
        offset: scanner.offset,
        expected: "a PartNumber in every part\(shown(number, scanner))")
    }
    guard let bytes = size.flatMap({ scanner.withBytes(of: $0, paddedDecimal) }),
      bytes <= ListPage.sizeMax
    else {
      throw XMLError(
        offset: scanner.offset,
        expected: "a Size of 0 to \(ListPage.sizeMax) of part \(value)\(shown(size, scanner))")
    }
    return (value, bytes)
  }

  private static func shown(_ text: XMLText?, _ scanner: borrowing XMLScanner) -> String {
    guard let text else { return "" }
    return ", not '\(scanner.string(text).prefix(100))',"
  }
}
