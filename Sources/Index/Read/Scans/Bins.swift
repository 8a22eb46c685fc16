internal import Vocabulary

/// Classes of a number, such as a size, one after the other.
///
/// An age is in the first of its classes too when it is below zero: clocks differ.
struct Bins: Sendable {
  /// What each class but the last stays below, in rising order.
  private let limits: [Int64]
  private let labels: [String]
  /// What its limits are multiples of, and are told in: 1 for bytes, 1,000 for seconds.
  private let step: Int64

  /// The limits in `unit`s, each as people write it, and what the first and the last class are
  /// called; those between are called after their limits.
  private init(
    unit: Int64, step: Int64 = 1, limits: [(Int64, String)], first: String, last: String
  ) {
    self.limits = limits.map { $0.0 * unit }
    self.step = step
    labels = [first] + zip(limits, limits.dropFirst()).map { "\($0.1) to \($1.1)" } + [last]
  }

  var count: Int { labels.count }

  func number(of value: Int64) -> Int {
    // A loop: `firstIndex(where:)` is called for every object.
    var number = 0
    while number < limits.count, value >= limits[number] { number += 1 }
    return number
  }

  func label(of number: Int) -> String { labels[number] }

  /// Where a class begins, and where the next one does; nil behind the last.
  func bounds(of number: Int) -> (least: Int64, below: Int64?) {
    (
      number > 0 ? limits[number - 1] / step : 0,
      number < limits.count ? limits[number] / step : nil
    )
  }

  // 128 KiB is the smallest size that STANDARD_IA, ONEZONE_IA and GLACIER_IR bill.
  static let sizes = Bins(
    unit: 1,
    limits: [
      (1, "1 B"), (1 << 10, "1 KiB"), (1 << 14, "16 KiB"), (1 << 17, "128 KiB"),
      (1 << 20, "1 MiB"), (1 << 24, "16 MiB"), (1 << 27, "128 MiB"), (1 << 30, "1 GiB"),
      (1 << 34, "16 GiB"), (1 << 40, "1 TiB"),
    ], first: "0 B", last: "from 1 TiB")

  /// Bins of ages, in milliseconds since an object was last modified.
  static let ages = Bins(
    unit: 86_400_000, step: 1_000,
    limits: [
      (1, "1 day"), (7, "7 days"), (30, "30 days"), (90, "90 days"), (180, "180 days"),
      (365, "1 year"), (730, "2 years"), (1_825, "5 years"),
    ], first: "under 1 day", last: "over 5 years")
}
