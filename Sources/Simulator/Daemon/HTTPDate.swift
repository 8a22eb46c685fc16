import Vocabulary

extension Timestamp {
  /// The value of a Date header: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, 5.6.7).
  var httpDate: String {
    let fields = fields
    // 1970 began on a Thursday.
    let weekday = Self.weekdays[Int(max(0, millisecondsSinceEpoch) / 86_400_000 % 7)]
    return
      "\(weekday), \(Self.two(fields.day)) \(Self.monthNames[fields.month - 1]) \(fields.year) "
      + "\(Self.two(fields.hour)):\(Self.two(fields.minute)):\(Self.two(fields.second)) GMT"
  }

  private static let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
  private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
