/// A single range of a Range header (RFC 9110, 14.1.2), before it is known how long the object is.
enum ByteRange: Equatable {
  /// `bytes=2-5`, or `bytes=2-` without an end.
  case from(Int64, through: Int64?)
  /// `bytes=-5`: the last ones.
  case last(Int64)

  /// Nil for what S3 passes over and answers with the whole object: other units, several ranges,
  /// and what is none.
  init?(_ header: String) {
    guard header.hasPrefix("bytes="), !header.contains(",") else { return nil }
    let ends = header.dropFirst(6).split(
      separator: "-", maxSplits: 1, omittingEmptySubsequences: false
    ).map { Self.number($0) }
    guard ends.count == 2, ends.allSatisfy({ $0 != .some(nil) }) else { return nil }
    switch (ends[0]?.flatMap { $0 }, ends[1]?.flatMap { $0 }) {
    case (let first?, let last): self = .from(first, through: last)
    case (nil, let count?): self = .last(count)
    case (nil, nil): return nil
    }
    if case .from(let first, let last?) = self, last < first { return nil }
  }

  /// The bytes of an object that it means; nil where it has none of them.
  func resolved(in count: Int64) -> Range<Int64>? {
    switch self {
    case .from(let first, let last):
      guard first < count else { return nil }
      return first..<min(count, (last ?? count - 1) + 1)
    case .last(let last):
      guard last > 0, count > 0 else { return nil }
      return max(0, count - last)..<count
    }
  }

  /// Nil for no text; some nil for a text that is no number.
  private static func number(_ text: Substring) -> Int64?? {
    guard !text.isEmpty else { return .none }
    guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
      return .some(nil)
    }
    return .some(Int64(text))
  }
}
