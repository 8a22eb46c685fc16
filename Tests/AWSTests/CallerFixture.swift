import AWS
import HTTP
import Signing
import Synchronization
import TestSupport

/// A caller of loopback servers whose waits take no time.
final class CallerFixture: Sendable {
  /// An answer that is an error, judged by its status and, if it has one, by its code.
  struct Refusal: JudgedError, Equatable {
    var status: Int
    var code: String?
    var retryCause: RetryCause { RetryCause(code: code, status: status) }
  }

  static let start: Int64 = 1_790_000_000_000

  let caller: RetryingCaller
  let time = VirtualTime(millisecondsSinceEpoch: CallerFixture.start)
  private let asked = Log<Int64>()
  private let observed = Log<Attempt>()

  /// Grows from many threads.
  private final class Log<Entry: Sendable>: Sendable {
    let entries = Mutex<[Entry]>([])

    func note(_ entry: Entry) { entries.withLock { $0.append(entry) } }
  }

  init(
    attemptsMax: Int = 3, patience: Duration? = nil, quota: RetryQuota = RetryQuota(),
    pace: SharedPace? = nil, random: @escaping @Sendable () -> Double = { 1 },
    sleep: (@Sendable (Duration) async throws -> Void)? = nil,
    discard: @escaping CredentialSource.Discard = { _ in },
    credentials: @escaping CredentialSource.Find = { _ in
      Credentials(accessKeyID: "AK", secretAccessKey: Secret("s"), providerName: "test")
    }
  ) throws {
    let time = time
    let asked = asked
    caller = RetryingCaller(
      http: try HTTPClient(),
      credentials: CredentialSource(discard: discard) { now in
        asked.note(now.secondsSinceEpoch)
        return try await credentials(now)
      }, policy: RetryPolicy(attemptsMax: attemptsMax, throttlingPatience: patience),
      quota: quota, pace: pace,
      environment: CallerEnvironment(
        now: { SigningTime(secondsSinceEpoch: time.now() / 1_000) },
        monotonic: { time.instant() }, sleep: sleep ?? { time.sleep($0) }, random: random))
  }

  /// The times at which credentials were asked for, in seconds since 1970.
  var timesAsked: [Int64] { asked.entries.withLock { $0 } }

  /// What was told about the attempts so far.
  var attempts: [Attempt] { observed.entries.withLock { $0 } }

  static func address(_ origin: String) throws -> ServiceAddress {
    ServiceAddress(
      endpoint: try Endpoint(parsing: origin, from: "test"), region: .usEast1, signingName: "s3")
  }

  /// The body of an answer with status 200; every other is a `Refusal`, whose code is the body.
  func send(
    _ origin: String, isList: Bool = false, bodyBytesMax: Int = 1 << 20
  ) async throws -> [UInt8] {
    let observed = observed
    let call = ServiceCall(
      address: try Self.address(origin), bodyBytesMax: bodyBytesMax, isList: isList,
      observe: { observed.note($0) })
    return try await caller.send(call) { response in
      guard response.status == 200 else {
        let code = String(decoding: response.body, as: UTF8.self)
        throw Refusal(status: response.status, code: code.isEmpty ? nil : code)
      }
      return response.body
    }
  }
}

/// Answers with each in turn, then with the last for ever.
func server(_ answers: String...) throws -> LoopbackServer {
  try LoopbackServer(inTurn: answers)
}

let good = answer("fine")
let slowDown = answer("SlowDown", status: "503 Slow Down")

func bad(_ status: String = "500 Oops", _ headers: String...) -> String {
  answer(status: status, headers: headers)
}
