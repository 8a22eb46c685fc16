package import Signing
internal import Vocabulary

extension SigningTime {
  /// Reads a time as services, programs, headers and the caches of the AWS CLI write it, in any form
  /// that `Timestamp` knows; nil for anything else.
  ///
  /// Fractions are cut. A time without a zone is refused: nobody knows which moment that is.
  package init?(written text: String) {
    guard let moment = Timestamp(written: text, needsZone: true) else { return nil }
    let (seconds, rest) = moment.millisecondsSinceEpoch.quotientAndRemainder(dividingBy: 1_000)
    self.init(secondsSinceEpoch: rest < 0 ? seconds - 1 : seconds)
  }

  /// ISO 8601 in UTC, `2021-09-21T04:16:53Z`: how the AWS CLI writes times into its caches.
  package var iso8601: String {
    var text = basicFormat
    for (offset, separator) in [(13, ":"), (11, ":"), (6, "-"), (4, "-")] {
      text.insert(contentsOf: separator, at: text.index(text.startIndex, offsetBy: offset))
    }
    return text
  }

  /// The moment so many seconds later, or earlier when negative.
  func advanced(bySeconds seconds: Int64) -> SigningTime {
    SigningTime(secondsSinceEpoch: secondsSinceEpoch + seconds)
  }
}
