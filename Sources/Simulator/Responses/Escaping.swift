/// What becomes of a key in an answer.
enum KeyEncoding {
  case xml
  /// `encoding-type=url`, as S3 does it.
  case url
  /// The same as Ceph RGW does it: `/` is `%2F` and a space `%20`.
  case rgwURL
  /// moto's: only what would be markup is escaped, so that control characters end up in the XML.
  case raw
}

/// How texts are written into S3's answers.
enum Escaping {
  /// The most bytes one byte of text becomes: `&#xfffe;` for three, `&quot;` for one.
  static let growthMax = 6

  /// Writes `text` as XML character content; the buffer has room for `growthMax` times its bytes.
  ///
  /// What XML 1.0 cannot hold (section 2.2) is written as a reference all the same, as S3 does. A
  /// carriage return is one too, since parsers turn a raw one into a newline.
  @inline(__always)
  static func appendXML(_ text: UnsafeBufferPointer<UInt8>, to buffer: inout ByteBuffer) {
    var position = 0
    while position < text.count {
      let byte = text[position]
      position &+= 1
      guard needsXMLEscape[Int(byte)] else {
        buffer.appendUnchecked(byte)
        continue
      }
      switch byte {
      case UInt8(ascii: "&"): buffer.appendUnchecked("&amp;")
      case UInt8(ascii: "<"): buffer.appendUnchecked("&lt;")
      case UInt8(ascii: ">"): buffer.appendUnchecked("&gt;")
      case UInt8(ascii: "\""): buffer.appendUnchecked("&quot;")
      case 0xEF:
        if position + 1 < text.count, text[position] == 0xBF, text[position + 1] >= 0xBE {
          buffer.appendUnchecked(text[position + 1] == 0xBE ? "&#xfffe;" : "&#xffff;")
          position &+= 2
        } else {
          buffer.appendUnchecked(byte)
        }
      default:
        buffer.appendUnchecked("&#x")
        if byte >= 16 { buffer.appendUnchecked(UInt8(ascii: "1")) }
        buffer.appendUnchecked(hexadecimal(byte & 15, upper: false))
        buffer.appendUnchecked(UInt8(ascii: ";"))
      }
    }
  }

  /// Writes `text` as `encoding-type=url` does: a space is `+`, a slash stays, `+` is `%2B`.
  ///
  /// The other characters left alone are those of java.net.URLEncoder, which S3 shows to use: `%7E`
  /// for `~`, but `*` as it is.
  @inline(__always)
  static func appendURL(_ text: UnsafeBufferPointer<UInt8>, to buffer: inout ByteBuffer) {
    for byte in text {
      if isPlainInURL[Int(byte)] {
        buffer.appendUnchecked(byte)
      } else if byte == UInt8(ascii: " ") {
        buffer.appendUnchecked(UInt8(ascii: "+"))
      } else {
        appendPercent(byte, to: &buffer)
      }
    }
  }

  /// Writes `text` as Ceph RGW's `url_encode` does (rgw_common.cc, char_needs_url_encoding).
  static func appendRGWURL(_ text: UnsafeBufferPointer<UInt8>, to buffer: inout ByteBuffer) {
    for byte in text {
      if byte <= 0x20 || byte >= 0x7F || "\"#%&+,/:;<>=?@[]\\^`{}".utf8.contains(byte) {
        appendPercent(byte, to: &buffer)
      } else {
        buffer.appendUnchecked(byte)
      }
    }
  }

  /// Writes `text` with markup escaped and nothing else.
  static func appendRaw(_ text: UnsafeBufferPointer<UInt8>, to buffer: inout ByteBuffer) {
    for byte in text {
      switch byte {
      case UInt8(ascii: "&"): buffer.appendUnchecked("&amp;")
      case UInt8(ascii: "<"): buffer.appendUnchecked("&lt;")
      case UInt8(ascii: ">"): buffer.appendUnchecked("&gt;")
      default: buffer.appendUnchecked(byte)
      }
    }
  }

  /// `text` with everything but RFC 3986 unreserved characters percent-encoded: the encoding of
  /// SigV4.
  static func uriEncoded(_ text: [UInt8], keepsSlash: Bool) -> [UInt8] {
    var buffer = ByteBuffer(capacity: text.count * 3)
    for byte in text {
      let isUnreserved =
        byte == UInt8(ascii: "~") || (isPlainInURL[Int(byte)] && byte != UInt8(ascii: "*"))
      if isUnreserved && (keepsSlash || byte != UInt8(ascii: "/")) {
        buffer.append(byte)
      } else {
        buffer.reserve(3)
        appendPercent(byte, to: &buffer)
      }
    }
    return buffer.bytes
  }

  @inline(__always)
  private static func appendPercent(_ byte: UInt8, to buffer: inout ByteBuffer) {
    buffer.appendUnchecked(UInt8(ascii: "%"))
    buffer.appendUnchecked(hexadecimal(byte >> 4, upper: true))
    buffer.appendUnchecked(hexadecimal(byte & 15, upper: true))
  }

  @inline(__always)
  private static func hexadecimal(_ digit: UInt8, upper: Bool) -> UInt8 {
    let letters = upper ? UInt8(ascii: "A") : UInt8(ascii: "a")
    return digit < 10 ? UInt8(ascii: "0") + digit : letters + digit - 10
  }

  private static let needsXMLEscape: [Bool] = (0..<256).map { byte in
    let raw = [UInt8(ascii: "\n"), UInt8(ascii: "\t")]
    return (byte < 32 && !raw.contains(UInt8(byte))) || "&<>\"".utf8.contains(UInt8(byte))
      || byte == 0xEF
  }

  private static let isPlainInURL: [Bool] = (0..<256).map { byte in
    switch UInt8(byte) {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "-_.*/".utf8.contains(UInt8(byte))
    }
  }
}

extension ByteBuffer {
  /// Appends `<name>text</name>`.
  mutating func appendElement(_ name: StaticString, _ text: [UInt8], as encoding: KeyEncoding) {
    text.withUnsafeBufferPointer { appendElement(name, $0, as: encoding) }
  }

  mutating func appendElement(
    _ name: StaticString, _ text: UnsafeBufferPointer<UInt8>, as encoding: KeyEncoding
  ) {
    reserve(text.count * Escaping.growthMax + 2 * name.utf8CodeUnitCount + 5)
    appendUnchecked("<")
    appendUnchecked(name)
    appendUnchecked(">")
    switch encoding {
    case .xml: Escaping.appendXML(text, to: &self)
    case .url: Escaping.appendURL(text, to: &self)
    case .rgwURL: Escaping.appendRGWURL(text, to: &self)
    case .raw: Escaping.appendRaw(text, to: &self)
    }
    appendUnchecked("</")
    appendUnchecked(name)
    appendUnchecked(">")
  }

  /// Appends `<name>text</name>`, with the text in URL or XML escapes.
  mutating func appendElement(_ name: StaticString, _ text: [UInt8], urlEncoded: Bool = false) {
    appendElement(name, text, as: urlEncoded ? .url : .xml)
  }

  mutating func appendElement(_ name: StaticString, _ text: String) {
    appendElement(name, Array(text.utf8))
  }

  mutating func appendElement(_ name: StaticString, _ number: Int) {
    appendElement(name, String(number))
  }
}
