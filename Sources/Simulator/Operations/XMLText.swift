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

/// References resolved: the five of XML and those by number.
func unescapedXML(_ text: Substring) -> [UInt8] {
  var parts = text.split(separator: "&", omittingEmptySubsequences: false)[...]
  var bytes = Array((parts.popFirst() ?? "").utf8)
  for part in parts {
    let name = part.prefix { $0 != ";" }
    guard name.endIndex < part.endIndex, let resolved = character(of: name) else {
      bytes += Array("&\(part)".utf8)
      continue
    }
    bytes += Array(String(resolved).utf8) + Array(part[name.endIndex...].dropFirst().utf8)
  }
  return bytes
}

private func character(of name: Substring) -> Character? {
  let named: [Substring: Character] = [
    "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'",
  ]
  if let character = named[name] { return character }
  let number =
    name.hasPrefix("#x") ? UInt32(name.dropFirst(2), radix: 16) : UInt32(name.dropFirst(1))
  guard name.hasPrefix("#"), let number else { return nil }
  return Unicode.Scalar(number).map { Character($0) }
}
