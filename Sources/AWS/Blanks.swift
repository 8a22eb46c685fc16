/// `text` without white space around it.
func trimmingBlanks(_ text: some StringProtocol) -> Substring {
  var rest = Substring(text)
  while let first = rest.unicodeScalars.first, isBlank(first) {
    rest.unicodeScalars.removeFirst()
  }
  while let last = rest.unicodeScalars.last, isBlank(last) {
    rest.unicodeScalars.removeLast()
  }
  return rest
}

/// Whether `text` holds nothing but what can stand in a header or a URL: no blank, no control, no
/// other script.
func isVisibleASCII(_ text: some StringProtocol) -> Bool {
  text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
}

/// Whether it is white space for Python's `strip`, which reads settings for the AWS CLI: a no-break space
/// comes along when a line is copied from a web page.
func isBlank(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.value {
  case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F,
    0x205F,
    0x3000:
    true
  default: false
  }
}
