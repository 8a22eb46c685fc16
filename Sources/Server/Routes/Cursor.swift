internal import Report
internal import Signing
internal import Vocabulary

/// Where the next page of an answer begins.
///
/// - Objects and changes, of which there are many, go on behind a place in the index: no page costs more than another.
/// - Rows in an order of names (buckets, prefixes, classes, syncs, uploads, moments) go on behind the row of a
///   name. All of them are computed anew for each page; none is missed and none comes twice, whatever a sync
///   writes meanwhile. Where that row itself has gone, the page is 410.
/// - Rows in an order of what they hold (`top`, `duplicates`, `versions` by key, and whatever `sort` asks for) go on
///   after as many rows as there were, as long as these are the same in the same order; else the page is 410, as
///   nobody could tell which of the others were seen.
///
/// It is text that nobody need understand, belongs to one question, and says when that was asked first, so that
/// ages mean the same on every page.
struct Cursor: Equatable, Sendable {
  enum Start: Equatable, Sendable {
    case behind(RowPlace)
    case window(RowWindow.Start)
  }

  var start: Start
  var askedAt: Timestamp

  private static let version: UInt8 = 2
  private static let checkBytes = 8
  /// From 1970 to the year 9999: anybody can write a cursor, and other moments are no times of a question.
  private static let moments: ClosedRange<Int64> = 0...253_402_300_799_999

  /// Nil for what is no cursor of this question.
  init?(_ text: String, question: [UInt8]) {
    guard text.utf8.count <= 8_192, !text.utf8.contains(UInt8(ascii: "+")),
      !text.utf8.contains(UInt8(ascii: "/")), !text.utf8.contains(UInt8(ascii: "=")),
      let bytes = Self.bytes(ofURLText: text), bytes.count > Self.checkBytes
    else { return nil }
    let body = bytes.dropLast(Self.checkBytes)
    guard Self.check(Array(body), question) == Array(bytes.suffix(Self.checkBytes)) else {
      return nil
    }
    var fields = FieldReader(rest: body)
    guard fields.byte() == Self.version, let asked = fields.number(),
      Self.moments.contains(asked)
    else { return nil }
    askedAt = Timestamp(millisecondsSinceEpoch: asked)
    switch fields.byte() {
    case 0:
      guard let rows = fields.number(), rows > 0, let digest = fields.number() else { return nil }
      start = .window(.after(rows: rows, digest: digest))
    case 1:
      guard let bucket = fields.text().flatMap({ String(validating: $0, as: UTF8.self) }),
        let endpoint = fields.text().flatMap({ String(validating: $0, as: UTF8.self) }),
        let key = fields.text(), let kind = fields.byte()
      else { return nil }
      var place = RowPlace(bucket: bucket, endpoint: endpoint, key: key)
      switch kind {
      case 0: break
      case 1:
        guard let rank = fields.number() else { return nil }
        place.rank = rank
      default: return nil
      }
      start = .behind(place)
    case 2:
      guard let name = fields.text(), !name.isEmpty else { return nil }
      start = .window(.behind(name: name))
    default: return nil
    }
    guard fields.rest.isEmpty else { return nil }
  }

  init(_ start: Start, askedAt: Timestamp) {
    self.start = start
    self.askedAt = askedAt
  }

  func text(question: [UInt8]) -> String {
    var body: [UInt8] = [Self.version]
    body.append(number: askedAt.millisecondsSinceEpoch)
    switch start {
    case .window(.first): body.append(.max)
    case .window(.after(let rows, let digest)):
      body.append(0)
      body.append(number: rows)
      body.append(number: digest)
    case .window(.behind(let name)):
      body.append(2)
      body.append(number: Int64(name.count))
      body += name
    case .behind(let place):
      body.append(1)
      for text in [Array(place.bucket.utf8), Array(place.endpoint.utf8), place.key] {
        body.append(number: Int64(text.count))
        body += text
      }
      body.append(place.rank == nil ? 0 : 1)
      if let rank = place.rank { body.append(number: rank) }
    }
    return Base64.urlText(body + Self.check(body, question))
  }

  /// Tells slips and other questions apart; it is no secret, as a cursor shows nothing that its question does not.
  private static func check(_ body: [UInt8], _ question: [UInt8]) -> [UInt8] {
    Array(SHA256.digest(question + body).prefix(checkBytes))
  }

  static func bytes(ofURLText text: String) -> [UInt8]? {
    let plain = text.replacing("-", with: "+").replacing("_", with: "/")
    let padding = String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4)
    guard let bytes = Base64.bytes(plain + padding), Base64.urlText(bytes) == text else {
      return nil
    }
    return bytes
  }
}

/// Takes the fields of a cursor one after the other; nil where there are none.
private struct FieldReader {
  var rest: ArraySlice<UInt8>

  mutating func byte() -> UInt8? { rest.popFirst() }

  mutating func number() -> Int64? {
    guard rest.count >= 8 else { return nil }
    defer { rest = rest.dropFirst(8) }
    return rest.prefix(8).reduce(0) { $0 << 8 | Int64($1) }
  }

  mutating func text() -> [UInt8]? {
    guard let count = number(), count >= 0, count <= Int64(rest.count) else { return nil }
    defer { rest = rest.dropFirst(Int(count)) }
    return Array(rest.prefix(Int(count)))
  }
}

extension [UInt8] {
  fileprivate mutating func append(number: Int64) {
    for shift in stride(from: 56, through: 0, by: -8) {
      append(UInt8(truncatingIfNeeded: number >> Int64(shift)))
    }
  }
}
