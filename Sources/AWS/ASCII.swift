import Vocabulary

/// Whether every byte of `text` is one of ASCII.
func isASCII(_ text: some StringProtocol) -> Bool {
  text.utf8.allSatisfy { $0 < 0x80 }
}

/// Whether it is an ASCII letter, digit or underscore.
func isWordByte(_ byte: UInt8) -> Bool {
  byte.isASCIILetter || byte.isASCIIDigit || byte == UInt8(ascii: "_")
}
