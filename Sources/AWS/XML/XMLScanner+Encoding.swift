// Character encodings: XML 1.0 (fifth edition), section 4.3.3 and appendix F.

extension XMLScanner {
  static let namesOfUTF8: Set<String> = ["utf-8", "utf8", "us-ascii", "ascii", "ansi_x3.4-1968"]

  static let namesOfLatin1: Set<String> = [
    "iso-8859-1", "iso8859-1", "iso_8859-1", "latin1", "latin-1", "l1",
  ]

  /// How the names of other encodings begin that leave ASCII as it is, which is all that is read in them.
  static let beginningsOfSupersetsOfASCII = [
    "iso-8859-", "iso8859-", "iso_8859-", "windows-125", "cp125", "latin", "koi8-", "gb", "euc-",
    "big5",
  ]

  /// Bytes in which an XML declaration names its encoding.
  private static let declarationBytesMax = 128

  /// The document in UTF-8, where it says that it is ISO 8859-1 and is not ASCII; else as it is.
  static func inUTF8(_ document: [UInt8]) -> [UInt8] {
    guard document.starts(with: "<?xml".utf8), declaresLatin1(document),
      document.contains(where: { $0 >= 0x80 })
    else { return document }
    var converted: [UInt8] = []
    converted.reserveCapacity(document.count + document.count / 8)
    for byte in document {
      if byte < 0x80 {
        converted.append(byte)
      } else {
        converted.append(0xC0 | byte >> 6)
        converted.append(0x80 | byte & 0x3F)
      }
    }
    return converted
  }

  private static func declaresLatin1(_ document: [UInt8]) -> Bool {
    let beginning = document.prefix(declarationBytesMax)
    guard let end = beginning.firstIndex(of: UInt8(ascii: ">")) else { return false }
    let words = String(decoding: beginning[..<end], as: UTF8.self).lowercased()
      .split { $0 == "=" || $0 == "\"" || $0 == "'" || $0.isWhitespace }
    guard let name = words.firstIndex(of: "encoding"), name + 1 < words.count else { return false }
    return namesOfLatin1.contains(String(words[name + 1]))
  }
}
