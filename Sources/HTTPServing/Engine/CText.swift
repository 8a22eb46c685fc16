/// The bytes of a text that ends with a zero.
func bytes(of text: UnsafePointer<CChar>) -> [UInt8] {
  var count = 0
  while unsafe text[count] != 0 { count += 1 }
  return unsafe bytes(at: text, count: count)
}

/// So many bytes from a place on.
func bytes(at start: UnsafePointer<CChar>, count: Int) -> [UInt8] {
  unsafe Array(UnsafeRawBufferPointer(start: start, count: count))
}
