extension String {
  /// This text on one line with controls shown, cut after `scalarsMax` scalars: a service's words
  /// are not to be trusted.
  func escapedForMessages(scalarsMax: Int = 500) -> String {
    var result = ""
    for (count, scalar) in unicodeScalars.enumerated() {
      guard count < scalarsMax else { return result + "…" }
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate:
        result += "\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
