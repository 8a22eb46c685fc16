internal import Signing

/// How many wrong tokens an address has offered within the last minute.
///
///     var tries = FailedTries()
///     tries.note("192.0.2.7", guess, atSeconds: 12)   // of ten guesses, then
///     tries.waitSeconds("192.0.2.7", atSeconds: 20)   // 52
///
/// Each counts once, however often it is offered: who guesses learns nothing from the same guess again, and a client
/// that goes on with an old token does not lock out those who share its address, behind a proxy or a router.
/// Whoever has offered ten is told nothing more, not even that a token is right: else guesses would not be bounded.
struct FailedTries: Sendable {
  static let triesMax = 10
  private static let windowSeconds = 60.0
  private static let addressesMax = 10_000

  private struct Try {
    var seconds: Double
    /// A part of the token's digest: enough to tell a few apart, and no secret.
    var mark: [UInt8]
  }

  private var tries: [String: [Try]] = [:]

  /// How long an address has to wait; nil for one that may try.
  mutating func waitSeconds(_ address: String, atSeconds now: Double) -> Int? {
    let place = Self.network(of: address)
    guard var own = tries[place] else { return nil }
    own.removeAll { now - $0.seconds >= Self.windowSeconds }
    tries[place] = own.isEmpty ? nil : own
    guard own.count >= Self.triesMax, let first = own.first else { return nil }
    return max(1, Int((Self.windowSeconds - (now - first.seconds)).rounded(.up)))
  }

  /// Notes a wrong token, unless it has been noted within the minute.
  mutating func note(_ address: String, _ token: [UInt8], atSeconds now: Double) {
    if tries.count >= Self.addressesMax {
      tries = tries.filter { now - ($0.value.last?.seconds ?? 0) < Self.windowSeconds }
      // Whoever has so many addresses is not stopped by this; the memory has an end.
      if tries.count >= Self.addressesMax { tries.removeAll() }
    }
    let place = Self.network(of: address)
    let mark = Array(SHA256.digest(token).prefix(8))
    guard tries[place]?.contains(where: { $0.mark == mark }) != true else { return }
    tries[place, default: []].append(Try(seconds: now, mark: mark))
  }

  /// An address of IPv4; of IPv6 the network of 64 bits, all of which one machine may have.
  private static func network(of address: String) -> String {
    let text = address.split(separator: "%").first ?? ""
    guard text.contains(":"), !text.contains(".") else { return address }
    let halves = text.split(separator: "::", maxSplits: 1, omittingEmptySubsequences: false)
    let head = halves[0].split(separator: ":")
    let tail = halves.count > 1 ? halves[1].split(separator: ":") : []
    let zeros = halves.count > 1 ? max(0, 8 - head.count - tail.count) : 0
    let groups = head.map(String.init) + Array(repeating: "0", count: zeros) + tail.map(String.init)
    return groups.prefix(4).joined(separator: ":")
  }
}
