/// Whether what stands in the place of an error's code reads like one, and may be shown.
func looksLikeCode(_ text: some StringProtocol) -> Bool {
  (1...64).contains(text.utf8.count)
    && text.utf8.allSatisfy { isWordByte($0) || $0 == UInt8(ascii: ".") }
}
