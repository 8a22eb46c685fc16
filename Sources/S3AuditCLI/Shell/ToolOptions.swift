internal import AWS
internal import Crawl
internal import Index
internal import Report
internal import Vocabulary

/// What was typed on the command line: plain values, nothing of it looked up or opened yet.
struct ToolOptions: Sendable {
  var indexPath: String?
  var connection = ConnectionOptions()
  var output = OutputOptions()
  var sync = SyncArguments()
  var list = ListArguments()
  var query = QueryArguments()
  var doctor = DoctorArguments()
  var shell: String?

  /// How results and progress are shown.
  struct OutputOptions: Sendable {
    var format: OutputFormat?
    var unit = ByteUnit.auto
    var isQuiet = false
    var isVerbose = false
    var allowsColor = true
    var guardsFormulas = true
    var progress = ProgressMode.auto
  }

  enum ProgressMode: String, CaseIterable, Sendable {
    case auto, always, plain, never
  }

  struct SyncArguments: Sendable {
    var targets: [SyncTarget] = []
    var includes: [String] = []
    var excludes: [String] = []
    var concurrency: Int?
    var requestsPerSecondMax: Double?
    var restarts = false
    var prunes = false
    var readsProperties = true
    var isDryRun = false
  }

  struct ListArguments: Sendable {
    var bucket = ""
    var prefix = Key.start
    var isSorted = false
    var endsKeysWithZeros = false
    var concurrency: Int?
    var requestsPerSecondMax: Double?
  }

  struct DoctorArguments: Sendable {
    /// What permissions are tried on; empty for the first buckets of the account.
    var targets: [BucketTarget] = []
    /// Whose permissions are tried; empty for all.
    var features: Set<Feature> = []
    /// Whose policy is printed; empty to look instead.
    var policies: Set<Feature> = []
    var policyBuckets: [String] = []
    var policyTargets: [String] = []
  }

  struct QueryArguments: Sendable {
    var filter = FilterArguments()
    var grouping: Grouping?
    var order = TopOrder.largest
    var count = 20
    var perBucket = false
    var limit: Int64?
    var depth = 1
    var sql = ""
    var timeoutSeconds = 300
    var requiresComplete = false
    var showsProperties = false
    var severity = Finding.Severity.info
  }

  /// A filter as typed: times may still be relative to now.
  struct FilterArguments: Sendable {
    var filter = ObjectFilter()
    /// All of them hold: the latest counts.
    var since: [TimeBound] = []
    /// All of them hold: the earliest counts.
    var before: [TimeBound] = []
  }
}

/// A moment, or how long ago it was.
enum TimeBound: Equatable, Sendable {
  case at(Timestamp)
  case ago(milliseconds: Int64)

  func timestamp(now: Timestamp) -> Timestamp {
    switch self {
    case .at(let moment): moment
    case .ago(let milliseconds):
      Timestamp(millisecondsSinceEpoch: now.millisecondsSinceEpoch - milliseconds)
    }
  }
}
