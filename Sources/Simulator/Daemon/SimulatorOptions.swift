import Arguments
import Vocabulary

/// What the command line of `s3sim` asks for.
struct SimulatorOptions: Sendable {
  var configuration = SimulatorConfiguration()
  var port: UInt16 = 0
  var checksSignatures = false
  var credentials = SimulatorCredentials(accessKey: "s3sim", secretKey: "s3sim-secret")

  init() {
    configuration.hasControl = true
    configuration.isWritable = true
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
      objects change, appear and disappear; GET /_sim/stats counts requests, GET /_sim/log tells the last 50,000 in a line of JSON each; POST /_sim/heal ends all faults \
      and churn; GET /_sim/holdings/BUCKET writes out all that a bucket holds, a line of JSON for each version, \
      delete marker and upload, with keys percent-encoded; GET /_sim/counts/BUCKET only counts them.

      With --versioning a bucket has versions, computed as objects are; nights write over current ones, delete \
      keys and remove noncurrent versions. Requests change buckets too: PutObject, DeleteObject and DeleteObjects \
      with and without a versionId, PutBucketVersioning, PutObjectTagging, CopyObject, and those of multipart uploads, UploadPartCopy too. GetObject and HeadObject \
      answer for each version, with ranges, part numbers and conditions. Bytes follow from the seed, or are what was \
      put, with its metadata. ETags of what was put are MD5s; the others are only with --contents, which reads each object once.

      Objects of GLACIER and DEEP_ARCHIVE, and some of INTELLIGENT_TIERING if --archived-tiering says so, can be read \
      when RestoreObject has thawed them.

      A bucket whose name ends in --x-s3 is a directory bucket: it demands sessions (CreateSession), \
      lists in no order and knows no start-after. Keys with the session token expires-N are refused \
      as expired after second N since 1970.

      With --fault some requests meet a fault. Each can be noticed, none follows from what was answered before, and \
      which request meets which follows from --fault-seed and the number of the request. Kinds that begin with body- \
      are of GetObject, those with write- of requests that change an object, all others of LIST. Kinds:


      """ + faultTable,
    options: bucketOptions + inventoryOptions + versionOptions + objectOptions + networkOptions
      + faultOptions
      + accountOptions,
    examples: [
      Example(
        "Two buckets, one of them in another region.",
        "s3sim --bucket logs:dates:1000000 --bucket euro:uuid:5000:region=eu-west-1,seed=7"),
      Example(
        "Versions, one key with very many, as Ceph RGW lists them.",
        "s3sim --bucket logs:dates:1M --versioning enabled --versions-per-key 1-5 --delete-markers 10 "
          + "--deep-key logs/deep:100k --version-markers rgw"),
      Example(
        "An inventory in no order.",
        "s3sim --bucket logs:dates:1M --inventory logs:files=4,order=shuffled"),
      Example(
        "A distant, busy server.",
        "s3sim --bucket big:deep:100M --latency 50 --throttle 200 --bandwidth 10000000"),
      Example(
        "One answer in ten is lost, and the session ends with the hundredth page.",
        "s3sim --bucket logs:dates:1M --fault reset-body:10 --fault expired-token@100+"),
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
      end in k or M. Settings, with commas between: region=NAME, seed=NUMBER, \
      versioning=STATE, class=STORAGE_CLASS, denied.
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
  .percent(
    "share", help: "Objects and uploads changed every night.", defaultText: "1",
    sets: \.configuration.sharePercent),
  .count(
    "max-keys", in: 1...100_000, help: "The most keys, versions, uploads or parts in a page.",
    defaultText: "1000",
    sets: \.configuration.pageKeysMax),
  Option(
    long: "list-v1-only", value: "how",
    help: "ListObjectsV2 is unknown: refused with 501, or ignored and answered as ListObjects.",
    choices: [ListSupport.refuses.rawValue, ListSupport.ignores.rawValue]
  ) { options, text in
    options.configuration.listSupport = ListSupport(rawValue: text) ?? .full
  },
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

private let faultOptions: [Option<SimulatorOptions>] = [
  Option(
    long: "fault", value: "fault",
    help: """
      Adds a fault: KIND, KIND:PERCENT of requests at random (5 without it), KIND@N for the Nth request alone, KIND@N+ \
      from the Nth on, or KIND:first=N for the first N requests of each key; may be repeated. The kinds are listed above.
      """
  ) { options, text throws(UsageError) in
    let fault = try FaultSpecification(argument: text)
    options.configuration.faults.append(fault)
    let group = options.configuration.faults.filter { $0.kind.group == fault.kind.group }
    let percent = group.reduce(0) { $0 + $1.percent }
    guard percent <= 100.000_001 else {
      throw .invalidValue("all percentages together are 100 at most")
    }
  },
  Option(
    long: "fault-seed", value: "number", help: "What the chances of faults follow from.",
    defaultText: "1"
  ) { options, text throws(UsageError) in
    options.configuration.faultSeed = try seed(text)
  },
  Option(
    long: "foreign-host", value: "host", help: "Where redirect-foreign leads: HOST or HOST:PORT.",
    defaultText: "foreign.invalid"
  ) { options, text throws(UsageError) in
    let isPlain = text.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "/") }
    guard !text.isEmpty, isPlain else { throw .invalidValue("write HOST or HOST:PORT") }
    options.configuration.foreignHost = text
  },
]

/// A line for each kind.
private let faultTable: String = {
  let width = FaultKind.allCases.map(\.name.count).max() ?? 0
  let lines = FaultKind.allCases.map { kind in
    "  " + kind.name + String(repeating: " ", count: width + 2 - kind.name.count) + kind.summary
  }
  return lines.joined(separator: "\n")
}()

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
  Option(
    long: "clock-offset", value: "seconds",
    help: "What the server's clock is ahead of this machine's; may be negative.", defaultText: "0"
  ) { options, text throws(UsageError) in
    guard let seconds = Int(text), abs(seconds) <= 1_000_000_000 else {
      throw .invalidValue("use a whole number of seconds")
    }
    options.configuration.clockOffsetSeconds = seconds
  },
  .count(
    "session-seconds", value: "seconds", in: 1...3_600,
    help: "How long a session of a directory bucket lasts.", defaultText: "300",
    sets: \.configuration.sessionSeconds),
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
      case ("versioning", let text?):
        guard let state = VersioningState(rawValue: text) else {
          throw .invalidValue("versioning is none, enabled or suspended")
        }
        versioning = state
      case ("class", let name?):
        guard let index = ObjectModel.storageClasses.firstIndex(of: name) else {
          throw .invalidValue("classes are \(ObjectModel.storageClasses.joined(separator: ", "))")
        }
        storageClass = index
      default:
        throw .invalidValue(
          "settings are region=NAME, seed=NUMBER, versioning=STATE, class=STORAGE_CLASS and denied")
      }
    }
  }

  /// The rule of S3's general purpose buckets, as far as their bytes go.
  private static func isValidName(_ name: Substring) -> Bool {
    (3...63).contains(name.utf8.count)
      && name.utf8.allSatisfy { byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
          || byte.isASCIIDigit
          || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
      }
  }

  /// Reads a whole number that may end in k or M.
  static func count(_ text: Substring) -> Int? {
    let units: [Character: Int] = ["k": 1_000, "M": 1_000_000]
    let unit = text.last.flatMap { units[$0] }
    guard let number = Int(unit == nil ? text : text.dropLast()),
      (0...10_000_000_000).contains(number)
    else { return nil }
    let count = number * (unit ?? 1)
    return count <= 10_000_000_000 ? count : nil
  }
}

extension FaultSpecification {
  /// Reads `KIND`, `KIND:PERCENT`, `KIND@N` or `KIND@N+`.
  init(argument: String) throws(UsageError) {
    let name = argument.prefix { $0 != ":" && $0 != "@" }
    guard let kind = FaultKind(name: String(name)) else {
      throw .invalidValue("'s3sim --help' lists the kinds of faults")
    }
    let rest = argument.dropFirst(name.count)
    guard let mark = rest.first else {
      self.init(kind)
      return
    }
    let text = rest.dropFirst()
    if mark == ":", text.hasPrefix("first=") {
      guard let number = Int(text.dropFirst(6)), number > 0, kind.group != .lists else {
        throw .invalidValue("first= takes a whole number, of kinds that begin with body- or write-")
      }
      self.init(kind, .firstOfKey(number))
    } else if mark == ":" {
      guard let percent = Double(text), percent > 0, percent <= 100 else {
        throw .invalidValue("a percentage is above 0 and at most 100")
      }
      self.init(kind, .percent(percent))
    } else {
      let isOpen = text.last == "+"
      guard let number = Int(isOpen ? text.dropLast() : text), number > 0 else {
        throw .invalidValue("after @ stands the number of a request, the first of which is 1")
      }
      self.init(kind, isOpen ? .from(number) : .request(number))
    }
  }
}

private func seed(_ text: String) throws(UsageError) -> UInt64 {
  guard let seed = UInt64(text) else { throw .invalidValue("a seed is a whole number, 0 or more") }
  return seed
}

private func region(_ text: String) throws(UsageError) -> String {
  let isPlain = text.utf8.allSatisfy { byte in
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
      || byte.isASCIIDigit || byte == UInt8(ascii: "-")
  }
  guard !text.isEmpty, isPlain else { throw .invalidValue("a region is like eu-west-1") }
  return text
}
