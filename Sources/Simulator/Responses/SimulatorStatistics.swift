/// What a simulator has answered since it began.
package struct SimulatorStatistics: Equatable, Sendable {
  /// The operations told apart; everything not served is `other`.
  package enum Operation: String, CaseIterable, Sendable {
    case listBuckets = "ListBuckets"
    case headBucket = "HeadBucket"
    case getBucketLocation = "GetBucketLocation"
    case createSession = "CreateSession"
    case listObjects = "ListObjects"
    case listObjectsV2 = "ListObjectsV2"
    case other = "Other"
  }

  /// Throttled and refused requests included.
  package var requests: [Operation: Int] = [:]
  package var throttled = 0
  /// Listed in pages, each time they were.
  package var objects = 0
  /// Pages that something was done to.
  package var faults: [FaultKind: Int] = [:]

  /// All requests but those for `/_sim/…`.
  package var requestsTotal: Int { requests.values.reduce(0, +) }

  func json(night: Int) -> String {
    let counts = Operation.allCases.compactMap { operation in
      requests[operation].map { "\"\(operation.rawValue)\":\($0)" }
    }
    let faultCounts = FaultKind.allCases.compactMap { kind in
      faults[kind].map { "\"\(kind.name)\":\($0)" }
    }
    return "{\"night\":\(night),\"requests\":{\(counts.joined(separator: ","))},"
      + "\"throttled\":\(throttled),\"objects\":\(objects),"
      + "\"faults\":{\(faultCounts.joined(separator: ","))}}\n"
  }
}
