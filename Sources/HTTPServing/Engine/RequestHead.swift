/// The head of a request as the library has read it, with the places where each part stood.
///
/// The library is kind to what it should not be: lines that end with a bare line feed, values over several lines,
/// zeros, more than one space. All of them make a reader before or behind us see another request than we do. Its
/// parts stand in the memory where they were received, so whatever it has overlooked is a gap between them:
///
///     GET /x HTTP/1.1␍␊host: a␍␊␍␊      method at 0, target at 4, version at 7, host at 17, value at 23, 28 bytes
///     GET  /x HTTP/1.1␊host: a␍␊␍␊      target at 5: one too many; host at 17 is one too few behind the version
struct RequestHead {
  /// A text, and the address of its first byte.
  struct Part {
    var text: [UInt8]
    var place: UInt

    /// The address behind the last byte.
    var end: UInt { place + UInt(text.count) }
  }

  var method: Part
  var target: Part
  var version: Part
  var headers: [(name: Part, value: Part)]
  /// In all, from the method to the empty line; 0 when that is unknown.
  var count: UInt
  /// Whether the places mean anything.
  var hasPlaces = true

  /// What is wrong with it, as a status; nil when nothing is.
  func fault(_ settings: ListenSettings) -> Int? {
    if target.text.count > settings.targetBytesMax { return 414 }
    if Int(count) > settings.headBytesMax || headers.count > settings.headersMax { return 431 }
    guard !hasPlaces || isWithoutGaps, method.text.allSatisfy(isTokenByte), !method.text.isEmpty,
      isTarget(target.text), hasLawfulHeaders
    else { return 400 }
    guard version.text == Array("HTTP/1.1".utf8) || version.text == Array("HTTP/1.0".utf8) else {
      return 505
    }
    return framingFault
  }

  /// Whether something is announced to follow the head.
  var announcesBody: Bool {
    if !values(of: "transfer-encoding").isEmpty { return true }
    return values(of: "content-length").contains { $0.contains { $0 != UInt8(ascii: "0") } }
  }

  /// Whether every byte of the head is a part of the request, or what has to stand between two parts.
  private var isWithoutGaps: Bool {
    let lineEnd: UInt = 2
    guard target.place == method.end + 1, version.place == target.end + 1 else { return false }
    var place = version.end + lineEnd
    for (name, value) in headers {
      // Behind the colon there may be white space; the library has stepped over nothing else.
      guard name.place == place, value.place > name.end else { return false }
      place = value.end + lineEnd
    }
    return place + lineEnd == method.place + count
  }

  private var hasLawfulHeaders: Bool {
    headers.allSatisfy { name, value in
      !name.text.isEmpty && name.text.allSatisfy(isTokenByte)
        && value.text.allSatisfy { $0 == UInt8(ascii: "\t") || ($0 >= 0x20 && $0 != 0x7f) }
    }
  }

  /// Two answers to the question where the request ends make two requests of it (RFC 9112, 6.3).
  private var framingFault: Int? {
    let lengths = values(of: "content-length")
    let encodings = values(of: "transfer-encoding")
    guard lengths.count <= 1, lengths.allSatisfy(isNumber) else { return 400 }
    guard lengths.allSatisfy({ $0.count <= 18 }) else { return 413 }
    guard !encodings.isEmpty else { return nil }
    guard lengths.isEmpty, version.text.last == UInt8(ascii: "1"), encodings.count == 1,
      String(decoding: encodings[0], as: UTF8.self).lowercased() == "chunked"
    else { return 400 }
    return nil
  }

  private func values(of name: String) -> [[UInt8]] {
    headers.filter { lowercase($0.name.text) == name }.map { withoutWhiteSpace($0.value.text) }
  }
}

/// The name of a header, which is ASCII, in lower case.
func lowercase(_ name: [UInt8]) -> String {
  String(decoding: name.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
}

/// The value of a header, less the blanks around it.
func withoutWhiteSpace(_ value: [UInt8]) -> [UInt8] {
  func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
  let front = value.drop(while: isBlank)
  return Array(front.dropLast(front.reversed().prefix(while: isBlank).count))
}

/// RFC 9110, 5.6.2.
private func isTokenByte(_ byte: UInt8) -> Bool {
  switch byte {
  case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
  default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
  }
}

/// Visible ASCII without a fragment: a path, an absolute form, or the `*` of OPTIONS.
private func isTarget(_ text: [UInt8]) -> Bool {
  guard text.allSatisfy({ (0x21...0x7e).contains($0) && $0 != UInt8(ascii: "#") }) else {
    return false
  }
  guard text.first != UInt8(ascii: "/"), text != [UInt8(ascii: "*")] else { return true }
  let lower = lowercase(text)
  return lower.hasPrefix("http://") || lower.hasPrefix("https://")
}

private func isNumber(_ text: [UInt8]) -> Bool {
  !text.isEmpty && text.allSatisfy { (0x30...0x39).contains($0) }
}
