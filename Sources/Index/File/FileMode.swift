/// Who may read and write an index, as `chmod` writes it in octal digits.
package struct FileMode: Equatable, Sendable {
  package let bits: UInt32

  /// Reads `0640` or `640`; nil for one with which the owner could not use the file, or with which
  /// anything but reading and writing is allowed.
  package init?(_ text: String) {
    let digits = text.utf8
    guard (3...4).contains(digits.count), digits.allSatisfy({ (0x30...0x37).contains($0) }),
      let bits = UInt32(text, radix: 8), bits & ~0o666 == 0, bits & 0o600 == 0o600
    else { return nil }
    self.bits = bits
  }

  /// The mode of a folder in which such a file can be reached.
  var ofFolder: UInt32 { 0o700 | (bits & 0o044) | (bits & 0o044) >> 2 }
}
