/// A unit to show byte counts in.
///
/// Decimal units (KB) count in thousands, binary units (KiB) in 1024s.
package enum ByteUnit: String, CaseIterable, Sendable {
  case auto, B, KB, MB, GB, TB, PB, KiB, MiB, GiB, TiB, PiB

  /// Bytes in one unit; `auto` has none.
  package var bytes: Int64? {
    switch self {
    case .auto: nil
    case .B: 1
    case .KB: 1_000
    case .MB: 1_000_000
    case .GB: 1_000_000_000
    case .TB: 1_000_000_000_000
    case .PB: 1_000_000_000_000_000
    case .KiB: 1 << 10
    case .MiB: 1 << 20
    case .GiB: 1 << 30
    case .TiB: 1 << 40
    case .PiB: 1 << 50
    }
  }

  /// The text of a count for a person, such as `1.5 GiB`.
  ///
  /// `auto` picks the largest binary unit that fits.
  package func text(_ count: Int64) -> String {
    guard let divisor = bytes else { return Self.fitting(count).text(count) }
    guard divisor > 1 else { return "\(groupedDecimal(count)) B" }
    return "\(decimal(count, dividedBy: divisor)) \(rawValue)"
  }

  private static func fitting(_ count: Int64) -> ByteUnit {
    switch count.magnitude {
    case ..<(1 << 10): .B
    case ..<(1 << 20): .KiB
    case ..<(1 << 30): .MiB
    case ..<(1 << 40): .GiB
    case ..<(1 << 50): .TiB
    default: .PiB
    }
  }
}

/// `value / divisor` with one digit after the point, rounded half up, without floating point.
private func decimal(_ value: Int64, dividedBy divisor: Int64) -> String {
  let (quotient, remainder) = value.magnitude.quotientAndRemainder(dividingBy: divisor.magnitude)
  let tenths = (remainder * 10 + divisor.magnitude / 2) / divisor.magnitude
  let whole = quotient + tenths / 10
  return (value < 0 ? "-" : "") + "\(groupedDigits(String(whole))).\(tenths % 10)"
}
