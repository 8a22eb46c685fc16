import Testing

@testable import Server

@Suite struct TokenTests {
  private static let text = "0123456789abcdef"

  private func guarded() -> TokenGuard { TokenGuard(AccessToken(Array(Self.text.utf8))) }

  private func status(
    _ guarding: TokenGuard, _ header: String? = nil, query: String? = nil,
    peer: String = "192.0.2.1"
  ) -> Int {
    let headers = [("host", "localhost")] + (header.map { [("authorization", $0)] } ?? [])
    do throws(Problem) {
      try guarding.check(
        request("/", headers: headers, peer: peer), query: query.map { Array($0.utf8) })
      return 200
    } catch {
      return error.kind.status
    }
  }

  @Test(arguments: ["", "short", "0123456789abcde", "0123456789 abcdef", "0123456789abcde\u{e9}"])
  func isNoSecret(text: String) { #expect(AccessToken(Array(text.utf8)) == nil) }

  @Test func admitsByHeaderAndByParameter() {
    let guarding = guarded()
    #expect(status(guarding, "Bearer \(Self.text)") == 200)
    #expect(status(guarding, "bearer  \(Self.text)") == 200)
    #expect(status(guarding, query: "a=b&token=\(Self.text)") == 200)
    #expect(status(guarding, query: "%74oken=\(Self.text)") == 200)
    #expect(status(guarding) == 401)
    #expect(status(guarding, "Basic \(Self.text)") == 401)
    #expect(status(guarding, "Bearer \(Self.text)x") == 401)
    #expect(status(guarding, "Bearer \(Self.text.dropLast())") == 401)
    // Who reads the first is told something else than who reads the last.
    #expect(status(guarding, query: "token=\(Self.text)&token=bad") == 400)
    #expect(status(guarding, query: "token=\(Self.text)&%74oken=\(Self.text)") == 400)
    #expect(status(guarding, "Bearer \(Self.text)", query: "token&token") == 400)
    #expect(status(TokenGuard(nil), query: "token=a&token=b") == 400)
    // A header that is wrong is not made good by a parameter.
    #expect(status(guarding, "Bearer wrong", query: "token=\(Self.text)") == 401)
  }

  @Test func asksForNoneWithoutOne() { #expect(status(TokenGuard(nil)) == 200) }

  @Test func stopsGuessing() {
    let guarding = guarded()
    for number in 0..<10 { #expect(status(guarding, "Bearer wrong\(number)") == 401) }
    #expect(status(guarding, "Bearer wrong") == 429)
    // Else it would be worth to guess on.
    #expect(status(guarding, "Bearer \(Self.text)") == 429)
    #expect(status(guarding, "Bearer \(Self.text)", peer: "192.0.2.2") == 200)
  }

  /// It learns nothing by it, and others may come from the same address.
  @Test func aClientWithAnOldTokenLocksNobodyOut() {
    let guarding = guarded()
    for _ in 0..<50 { #expect(status(guarding, "Bearer of-last-week") == 401) }
    #expect(status(guarding, "Bearer \(Self.text)") == 200)
    // It counts as one guess, not as none.
    for number in 0..<9 { #expect(status(guarding, "Bearer wrong\(number)") == 401) }
    #expect(status(guarding, "Bearer of-last-week") == 429)
  }

  /// A browser that has no token yet does not lock its user out.
  @Test func lackOfATokenIsNoGuess() {
    let guarding = guarded()
    for _ in 0..<20 { #expect(status(guarding) == 401) }
    #expect(status(guarding, "Bearer \(Self.text)") == 200)
  }

  @Test func forgetsTriesAfterAMinute() {
    var tries = FailedTries()
    for second in 0..<10 { tries.note("192.0.2.1", [UInt8(second)], atSeconds: Double(second)) }
    #expect(tries.waitSeconds("192.0.2.1", atSeconds: 10) == 50)
    #expect(tries.waitSeconds("192.0.2.1", atSeconds: 60.5) == nil)
    #expect(tries.waitSeconds("192.0.2.9", atSeconds: 10) == nil)
  }

  @Test func takesANetworkOfIPv6ForOne() {
    var tries = FailedTries()
    for number in 0..<10 { tries.note("2001:db8::\(number)", [UInt8(number)], atSeconds: 0) }
    #expect(tries.waitSeconds("2001:db8:0:0:ffff::1", atSeconds: 1) != nil)
    #expect(tries.waitSeconds("2001:db8:0:1::1", atSeconds: 1) == nil)
  }
}
