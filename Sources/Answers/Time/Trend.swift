internal import Vocabulary

/// A straight line through what a bucket held at some moments, by least squares.
struct Trend {
  /// So many of the last points count.
  static let pointsMax = 30
  /// Fewer say nothing.
  static let pointsMin = 7

  private static let day = 86_400_000.0
  private static let daysMax = 3_652.5

  /// Moments with the bytes then, in order; complete ones alone.
  private let points: [(at: Timestamp, bytes: Int64)]

  init(_ points: some BidirectionalCollection<(at: Timestamp, bytes: Int64)>) {
    self.points = points.suffix(Self.pointsMax)
  }

  /// When so many bytes are there: the moment since which they have been, as far as the points tell; else when
  /// the line gets there.
  ///
  /// Nil for fewer than seven points, a line that does not rise, and what is more than ten years after the last
  /// point.
  func moment(ofReaching budget: Int64) -> Timestamp? {
    guard points.count >= Self.pointsMin, let last = points.last else { return nil }
    guard last.bytes < budget else {
      return points.reversed().prefix { $0.bytes >= budget }.last?.at
    }
    let days = points.map { point in
      Double(point.at.millisecondsSinceEpoch - last.at.millisecondsSinceEpoch) / Self.day
    }
    let count = Double(points.count)
    let meanOfDays = days.reduce(0, +) / count
    let meanOfBytes = points.reduce(0) { $0 + Double($1.bytes) } / count
    var (rise, spread) = (0.0, 0.0)
    for (day, point) in zip(days, points) {
      rise += (day - meanOfDays) * (Double(point.bytes) - meanOfBytes)
      spread += (day - meanOfDays) * (day - meanOfDays)
    }
    guard spread > 0, rise > 0 else { return nil }
    let slope = rise / spread
    // Not yet, whatever the line says of the days before.
    let ahead = max(0, meanOfDays + (Double(budget) - meanOfBytes) / slope)
    guard ahead <= Self.daysMax else { return nil }
    return Timestamp(
      millisecondsSinceEpoch: last.at.millisecondsSinceEpoch.plus(Int64(ahead * Self.day)))
  }
}
