/// Whether every byte of `text` is one of ASCII.
func isASCII(_ text: some StringProtocol) -> Bool {
  text.utf8.allSatisfy { $0 < 0x80 }
}

/// Whether `byte` is one of `0` to `9`.
func isDigit(_ byte: UInt8) -> Bool {
  (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
}
