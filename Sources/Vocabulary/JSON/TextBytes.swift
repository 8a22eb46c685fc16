extension String {
  /// Lends the text's UTF-8 until `body` returns; a native string is not copied.
  @inlinable package func withBytes<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
    var text = self
    return text.withUTF8 { body($0.span) }
  }
}

extension Span<UInt8> {
  @inlinable package func contains(where isMeant: (UInt8) -> Bool) -> Bool {
    for index in indices where isMeant(self[index]) { return true }
    return false
  }
}

extension [UInt8] {
  @inlinable package mutating func append(_ bytes: Span<UInt8>) {
    bytes.withUnsafeBufferPointer { append(contentsOf: $0) }
  }
}
