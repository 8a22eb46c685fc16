internal import Synchronization
internal import System

/// The answers that their clients have not taken yet: together they have so many bytes at most.
///
/// Who asks for large answers and takes them byte by byte would else hold as much memory as there are connections.
/// Where one more answer has no room, those are cut that take theirs too slowly; where nobody does, the answer
/// is refused, and its client may ask again.
final class UnsentAnswers: Sendable {
  private struct Held {
    var bytes: Int
    var connection: ServedConnection
  }

  private struct State {
    var held: [ObjectIdentifier: Held] = [:]
    var bytes = 0

    mutating func release(_ key: ObjectIdentifier) {
      guard let gone = held.removeValue(forKey: key) else { return }
      bytes -= gone.bytes
    }
  }

  /// Smaller ones always have room: of all connections together they are no more than one large answer or two.
  static let smallBytes = 64 << 10

  private let bytesMax: Int
  private let refuse: @Sendable (Refusal) -> Void
  private let state = Mutex(State())

  init(bytesMax: Int, refuse: @escaping @Sendable (Refusal) -> Void) {
    self.bytesMax = bytesMax
    self.refuse = refuse
  }

  /// Keeps room for an answer until `release`, and cuts others for it if need be; false where there is none.
  func makeRoom(_ bytes: Int, for exchange: Exchange, on connection: ServedConnection) -> Bool {
    guard bytes > Self.smallBytes else { return true }
    let key = ObjectIdentifier(exchange)
    var cut: [ServedConnection] = []
    let hasRoom = state.withLock { state in
      guard state.held[key] == nil else { return true }
      let missing = state.bytes + bytes - bytesMax
      if missing > 0 {
        let takers = state.held.map { key, held in
          Taker(
            key: key, peer: held.connection.peer, bytes: held.bytes, pace: held.connection.taking)
        }
        guard let victims = Taker.cut(of: takers, missing: missing, for: connection.peer) else {
          return false
        }
        for victim in victims {
          if let held = state.held[victim] { cut.append(held.connection) }
          state.release(victim)
        }
      }
      state.held[key] = Held(bytes: bytes, connection: connection)
      state.bytes += bytes
      return true
    }
    for victim in cut where victim.cutIfTaking() {
      refuse(Refusal(peer: victim.peer, reason: .slowReader))
    }
    return hasRoom
  }

  /// The answer has been taken, or its client has gone.
  func release(_ exchange: Exchange) {
    state.withLock { $0.release(ObjectIdentifier(exchange)) }
  }
}

/// How a client takes its answer.
struct TakingPace: Equatable {
  /// Since the answer began.
  var elapsed: Duration
  /// On the average since then; nil where the system does not tell.
  var bytesPerSecond: Double?
}

/// One who has an answer that is in memory: a pure value, so that who has to go is tried without sockets.
struct Taker<Key> {
  var key: Key
  var peer: PeerAddress
  var bytes: Int
  /// Nil before it begins.
  var pace: TakingPace?

  /// Nobody is judged by a moment.
  static var patience: Duration { .seconds(2) }
  /// Who takes less has to go for others: an answer of 8 MiB takes him two minutes.
  static var slowBytesPerSecond: Double { 65_536 }

  /// Those who have to go so that `missing` bytes come free for a client at `peer`; nil where that is not enough.
  ///
  /// The slowest goes first. Who holds more than half of all from one address, other than this machine's, goes
  /// before others ask in vain, however fast.
  static func cut(of takers: [Taker], missing: Int, for peer: PeerAddress) -> [Key]? {
    let all = takers.reduce(0) { $0 + $1.bytes }
    var shares: [PeerAddress: Int] = [:]
    for taker in takers where !taker.peer.isLoopback {
      shares[taker.peer, default: 0] += taker.bytes
    }
    let candidates = takers.compactMap { taker -> (taker: Taker, speed: Double)? in
      guard let pace = taker.pace, pace.elapsed >= patience, let speed = pace.bytesPerSecond else {
        return nil
      }
      let holdsMost = taker.peer != peer && shares[taker.peer, default: 0] > all / 2
      return speed < slowBytesPerSecond || holdsMost ? (taker, speed) : nil
    }
    var freed = 0
    var keys: [Key] = []
    for (taker, _) in candidates.sorted(by: { $0.speed < $1.speed }) where freed < missing {
      freed += taker.bytes
      keys.append(taker.key)
    }
    return freed >= missing ? keys : nil
  }
}
