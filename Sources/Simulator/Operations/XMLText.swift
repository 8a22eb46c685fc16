// The bodies of requests are short, written by SDKs, and read by their marks.

extension StringProtocol where SubSequence == Substring {
  /// The texts between two marks.
  func components(between begin: String, and end: String) -> [Substring] {
    var found: [Substring] = []
    var rest = self[...]
    while let start = rest.firstRange(of: begin) {
      rest = rest[start.upperBound...]
      guard let stop = rest.firstRange(of: end) else { return found }
      found.append(rest[..<stop.lowerBound])
      rest = rest[stop.upperBound...]
    }
    return found
  }

  /// The texts of all elements of a name that stands without a prefix and has no attributes.
  func elements(_ name: String) -> [Substring] {
    components(between: "<\(name)>", and: "</\(name)>")
  }
}
