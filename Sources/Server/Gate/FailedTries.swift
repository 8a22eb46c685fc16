/// How often an address has offered a wrong token within the last minute.
///
///     var tries = FailedTries()
///     tries.note("192.0.2.7", atSeconds: 12)          // ten times, then
///     tries.waitSeconds("192.0.2.7", atSeconds: 20)   // 52
struct FailedTries: Sendable {
  static let triesMax = 10
  private static let windowSeconds = 60.0
  private static let addressesMax = 10_000

  private var times: [String: [Double]] = [:]

  /// How long an address has to wait; nil for one that may try.
  mutating func waitSeconds(_ address: String, atSeconds now: Double) -> Int? {
    let place = Self.network(of: address)
    guard var own = times[place] else { return nil }
    own.removeAll { now - $0 >= Self.windowSeconds }
    times[place] = own.isEmpty ? nil : own
    guard own.count >= Self.triesMax, let first = own.first else { return nil }
    return max(1, Int((Self.windowSeconds - (now - first)).rounded(.up)))
  }

  mutating func note(_ address: String, atSeconds now: Double) {
    if times.count >= Self.addressesMax {
      times = times.filter { now - ($0.value.last ?? 0) < Self.windowSeconds }
      // Whoever has so many addresses is not stopped by this; the memory has an end.
      if times.count >= Self.addressesMax { times.removeAll() }
    }
    times[Self.network(of: address), default: []].append(now)
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
