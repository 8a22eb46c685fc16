extension StringProtocol {
  /// This text, safe to print on a terminal: on one line, with controls shown and not obeyed.
  ///
  /// Text from a service is not to be trusted: escape sequences could rewrite the screen, line ends
  /// could forge lines of a log, and bidirectional controls could reorder what is read. Those come
  /// out as `\n` or `\u{1B}`. Text of more than `scalarsMax` Unicode scalars is cut and ends in `…`.
  package func escapingControls(scalarsMax: Int = 1_000) -> String {
    var result = ""
    var count = 0
    for scalar in unicodeScalars {
      guard count < scalarsMax else { return result + "…" }
      count += 1
      switch scalar {
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case _ where scalar.isControlling:
        result += "\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}

extension Unicode.Scalar {
  /// Whether a terminal may act on this scalar, or a reader not see it, where a letter is shown.
  fileprivate var isControlling: Bool {
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: true
    default: false
    }
  }
}
