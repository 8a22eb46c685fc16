import Vocabulary

/// A web page that came where an answer of S3 was expected, and what it says of itself.
struct WebPage: Equatable {
  /// Its title and its first heading, as one line; empty when it has neither.
  ///
  /// Not to be trusted.
  var title: String

  private static let titleScalarsMax = 120
  /// Bytes at the beginning of a body in which a page shows what it is.
  private static let beginningBytesMax = 1_024
  /// Bytes in which a title is looked for.
  private static let headBytesMax = 64 << 10

  /// Nil when `body` is no page of HTML.
  init?(_ body: [UInt8]) {
    let beginning = String(decoding: body.prefix(Self.beginningBytesMax), as: UTF8.self)
      .lowercased()
    guard beginning.contains("<html") || beginning.contains("<!doctype html") else { return nil }
    let text = String(decoding: body.prefix(Self.headBytesMax), as: UTF8.self)
    let parts = ["title", "h1"].compactMap { Self.text(of: $0, in: text) }
    let title = Set(parts).count == 2 ? parts.joined(separator: ": ") : parts.first ?? ""
    self.title = String(String.UnicodeScalarView(title.unicodeScalars.prefix(Self.titleScalarsMax)))
  }

  /// What stands in the first element with this name, on one line; nil when there is nothing.
  private static func text(of element: String, in page: String) -> String? {
    let lower = page.lowercased()
    // Lower case may have another length; such a page has no title here.
    guard lower.utf8.count == page.utf8.count,
      let tag = lower.firstRange(of: "<\(element)"),
      let start = lower[tag.upperBound...].firstIndex(of: ">"),
      let end = lower[start...].firstRange(of: "</\(element)")?.lowerBound
    else { return nil }
    let from = page.utf8.index(
      page.startIndex, offsetBy: lower.utf8.distance(from: lower.startIndex, to: start) + 1)
    let to = page.utf8.index(
      page.startIndex, offsetBy: lower.utf8.distance(from: lower.startIndex, to: end))
    let words = withoutTags(page[from..<to]).split(whereSeparator: \.isWhitespace)
    return words.isEmpty ? nil : words.joined(separator: " ")
  }

  private static func withoutTags(_ text: Substring) -> String {
    var plain = ""
    var isInTag = false
    for character in text {
      switch character {
      case "<": isInTag = true
      case ">" where isInTag:
        isInTag = false
        plain.append(" ")
      default: if !isInTag { plain.append(character) }
      }
    }
    for (entity, character) in entities { plain = plain.replacing(entity, with: character) }
    return plain
  }

  /// The ampersand last, so that nothing is decoded twice.
  private static let entities = [
    ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&nbsp;", " "),
    ("&amp;", "&"),
  ]
}
