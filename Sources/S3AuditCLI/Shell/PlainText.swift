internal import Vocabulary

/// `1 bucket`, `12,345 buckets`.
func counted(_ count: Int64, _ noun: String, plural: String? = nil) -> String {
  "\(groupedDecimal(count)) \(count == 1 ? noun : plural ?? noun + "s")"
}

/// The first ten of some names, and how many more there are.
func someNames(_ names: [String]) -> String {
  let shownMax = 10
  return names.prefix(shownMax).map { $0.escapingControls() }.joined(separator: ", ")
    + (names.count > shownMax ? " and \(names.count - shownMax) more" : "")
}

/// A length of time as a person says it, in its largest unit: `45 s`, `3 min`, `5 h`, `12 days`.
func ageText(_ milliseconds: Int64) -> String {
  let seconds = max(0, milliseconds / 1_000)
  switch seconds {
  case ..<120: return "\(seconds) s"
  case ..<7_200: return "\(seconds / 60) min"
  case ..<172_800: return "\(seconds / 3_600) h"
  default: return "\(seconds / 86_400) days"
  }
}

/// How long something took: `0.42 s`, `12.3 s`, `4 min 05 s`, `2 h 03 min`.
func durationText(milliseconds: Int64) -> String {
  let (seconds, rest) = max(0, milliseconds).quotientAndRemainder(dividingBy: 1_000)
  func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
  switch seconds {
  case ..<10: return "\(seconds).\(two(rest / 10)) s"
  case ..<60: return "\(seconds).\(rest / 100) s"
  case ..<3_600: return "\(seconds / 60) min \(two(seconds % 60)) s"
  default: return "\(seconds / 3_600) h \(two(seconds / 60 % 60)) min"
  }
}
