extension Unicode.Scalar {
  /// What is shown in place of a scalar that a terminal may act on, or a reader not see; nil for
  /// all others.
  ///
  /// Controls are `\n`, `\r`, `\t`, `\e` or `\x01`; invisible and direction-changing scalars
  /// (Unicode's C1, format and separator characters) are `\u{202E}`.
  package var visibleForm: String? {
    switch self {
    case " "..."~": return nil
    case "\n": return "\\n"
    case "\r": return "\\r"
    case "\t": return "\\t"
    case "\u{1B}": return "\\e"
    case "\0"..."\u{7F}": return Self.visibleForm(ofByte: UInt8(value))
    default: break
    }
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate:
      return "\\u{" + String(value, radix: 16, uppercase: true) + "}"
    default: return nil
    }
  }

  /// `\x01`: a byte that is no character, or none to be shown.
  package static func visibleForm(ofByte byte: UInt8) -> String {
    let digits = String(byte, radix: 16, uppercase: true)
    return digits.count == 1 ? "\\x0" + digits : "\\x" + digits
  }
}

extension StringProtocol {
  /// This text, safe to print on a terminal: on one line, with controls shown and not obeyed.
  ///
  /// Text from a service is not to be trusted: escape sequences could rewrite the screen, line ends
  /// could forge lines of a log, and bidirectional controls could reorder what is read. Text of
  /// more than `scalarsMax` Unicode scalars is cut and ends in `…`. Backslashes stay as they are:
  /// this is for sentences, where a form need not be read back.
  package func escapingControls(scalarsMax: Int = 1_000) -> String {
    var result = ""
    var count = 0
    for scalar in unicodeScalars {
      guard count < scalarsMax else { return result + "…" }
      count += 1
      if let form = scalar.visibleForm {
        result += form
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
