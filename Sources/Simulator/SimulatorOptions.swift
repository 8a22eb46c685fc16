import Arguments

/// What the command line of `s3sim` asks for.
struct SimulatorOptions: Sendable {
  var configuration = SimulatorConfiguration()
  var port: UInt16 = 0
  var checksSignatures = false
  var credentials = SimulatorCredentials(accessKey: "s3sim", secretKey: "s3sim-secret")

  init() {
    configuration.hasControl = true
  }
}

/// The whole command line of `s3sim`.
let simulatorTool = CommandLineTool(
  version: "1.0.0",
  root: Command(
    name: "s3sim", abstract: "Serves a deterministic S3 on 127.0.0.1, for tests and measurements.",
    discussion: """
      Objects are computed from a seed, never stored: a bucket of 100 million starts at once. Prints its \
      URL on one line when it is ready, and runs until it is interrupted. POST /_sim/night lets \
      objects change, appear and disappear; GET /_sim/stats counts requests.
      """,
    options: bucketOptions + networkOptions + accountOptions,
    examples: [
      Example(
        "Two buckets, one of them in another region.",
        "s3sim --bucket logs:dates:1000000 --bucket euro:uuid:5000:region=eu-west-1,seed=7"),
      Example(
        "A distant, busy server.",
        "s3sim --bucket big:deep:100M --latency 50 --throttle 200 --bandwidth 10000000"),
    ],
    exitStatuses: [
      ExitStatusRow(0, "Stopped by SIGINT or SIGTERM."),
      ExitStatusRow(1, "The port cannot be listened on."),
      ExitStatusRow(64, "The command line cannot be understood."),
    ]),
  defaults: SimulatorOptions())

private let bucketOptions: [Option<SimulatorOptions>] = [
  Option(
    long: "bucket", short: "b", value: "bucket",
    help: """
      Adds a bucket, NAME:SHAPE:COUNT[:SETTINGS]; may be repeated. Shapes: flat, uuid, dates, deep, skewed, hostile. The count may \
      end in k or M. Settings, with commas between: region=NAME, seed=NUMBER, denied.
      """
  ) { options, text throws(UsageError) in
    let bucket = try BucketSpecification(argument: text)
    guard !options.configuration.buckets.contains(where: { $0.name == bucket.name }) else {
      throw .invalidValue("there is already a bucket of that name")
    }
    options.configuration.buckets.append(bucket)
  },
  Option(
    long: "seed", value: "number", help: "What all objects follow from.", defaultText: "1"
  ) { options, text throws(UsageError) in
    options.configuration.seed = try seed(text)
  },
  .count(
    "night", value: "number", in: 0...100_000, help: "The night to begin in.", defaultText: "0",
    sets: \.configuration.night),
  Option(
    long: "share", value: "percent", help: "Objects changed every night.", defaultText: "1"
  ) { options, text throws(UsageError) in
    guard let share = Double(text), (0...100).contains(share) else {
      throw .invalidValue("use 0 to 100")
    }
    options.configuration.sharePercent = share
  },
  .count(
    "max-keys", in: 1...100_000, help: "The most keys in a page.", defaultText: "1000",
    sets: \.configuration.pageKeysMax),
]

private let networkOptions: [Option<SimulatorOptions>] = [
  Option(
    long: "port", short: "p", value: "number",
    help: "The port to listen on; 0 picks a free one.", defaultText: "0"
  ) { options, text throws(UsageError) in
    guard let port = UInt16(text) else { throw .invalidValue("use 0 to 65535") }
    options.port = port
  },
  .count(
    "latency", value: "milliseconds", in: 0...600_000, help: "Added to each answer.",
    defaultText: "0", sets: \.configuration.latencyMilliseconds),
  Option(
    long: "bandwidth", value: "bytes-per-second",
    help: "Of the link that all connections share. Unlimited by default."
  ) { options, text throws(UsageError) in
    guard let bandwidth = Int(text), bandwidth > 0 else {
      throw .invalidValue("use a whole number, 1 or more")
    }
    options.configuration.bandwidthBytesPerSecond = bandwidth
  },
  Option(
    long: "throttle", value: "requests-per-second",
    help: "Of each bucket; more are answered 503 SlowDown. Unlimited by default."
  ) { options, text throws(UsageError) in
    guard let rate = Double(text), rate > 0, rate.isFinite else {
      throw .invalidValue("use a number above 0")
    }
    options.configuration.throttleRequestsPerSecond = rate
  },
]

private let accountOptions: [Option<SimulatorOptions>] = [
  Option(
    long: "region", value: "name",
    help: "The region of the server, and of buckets that name none.", defaultText: "us-east-1"
  ) { options, text throws(UsageError) in
    options.configuration.region = try region(text)
  },
  .flag(
    "check-signatures", help: "Refuses requests that are not signed with the keys below.",
    sets: \.checksSignatures),
  Option(
    long: "access-key", value: "id", help: "The access key to expect.", defaultText: "s3sim"
  ) { options, text in
    options.credentials.accessKey = text
  },
  Option(
    long: "secret-key", value: "key", help: "Its secret.", defaultText: "s3sim-secret"
  ) { options, text in
    options.credentials.secretKey = text
  },
]

extension BucketSpecification {
  /// Reads `NAME:SHAPE:COUNT` and, after another colon, settings with commas between.
  init(argument: String) throws(UsageError) {
    let parts = argument.split(separator: ":", maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count >= 3 else {
      throw .invalidValue("write NAME:SHAPE:COUNT, as logs:dates:1000000")
    }
    guard let shape = KeyShape(rawValue: String(parts[1])) else {
      let shapes = KeyShape.allCases.map(\.rawValue).joined(separator: ", ")
      throw .invalidValue("shapes are \(shapes)")
    }
    guard Self.isValidName(parts[0]) else {
      throw .invalidValue("a bucket's name has 3 to 63 lower-case letters, digits, dots and dashes")
    }
    guard let count = Self.count(parts[2]) else {
      throw .invalidValue("the count is a whole number up to 10000M")
    }
    self.init(name: String(parts[0]), shape: shape, count: count)
    guard parts.count == 4 else { return }
    for setting in parts[3].split(separator: ",") {
      let pair = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      switch (pair[0], pair.count > 1 ? String(pair[1]) : nil) {
      case ("denied", nil): isDenied = true
      case ("region", let name?): region = try Simulator.region(name)
      case ("seed", let text?): seed = try Simulator.seed(text)
      default: throw .invalidValue("settings are region=NAME, seed=NUMBER and denied")
      }
    }
  }

  /// The rule of S3's general purpose buckets, as far as their bytes go.
  private static func isValidName(_ name: Substring) -> Bool {
    (3...63).contains(name.utf8.count)
      && name.utf8.allSatisfy { byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
          || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
      }
  }

  private static func count(_ text: Substring) -> Int? {
    let units: [Character: Int] = ["k": 1_000, "M": 1_000_000]
    let unit = text.last.flatMap { units[$0] }
    guard let number = Int(unit == nil ? text : text.dropLast()),
      (0...10_000_000_000).contains(number)
    else { return nil }
    let count = number * (unit ?? 1)
    return count <= 10_000_000_000 ? count : nil
  }
}

private func seed(_ text: String) throws(UsageError) -> UInt64 {
  guard let seed = UInt64(text) else { throw .invalidValue("a seed is a whole number, 0 or more") }
  return seed
}

private func region(_ text: String) throws(UsageError) -> String {
  let isPlain = text.utf8.allSatisfy { byte in
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
      || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
  }
  guard !text.isEmpty, isPlain else { throw .invalidValue("a region is like eu-west-1") }
  return text
}
