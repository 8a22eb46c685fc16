/// What a simulator has answered since it began.
package struct SimulatorStatistics: Equatable, Sendable {
  /// Throttled and refused requests included.
  package var requests: [Operation: Int] = [:]
  package var throttled = 0
  /// Listed in pages, each time they were.
  package var objects = 0
  /// The same for versions and delete markers, uploads, and parts.
  package var versions = 0
  package var uploads = 0
  package var parts = 0
  /// Answers with bytes of an object, and how many bytes they were to have.
  package var bodies = 0
  package var bodyBytes = 0
  /// Times that something happened behind a page of versions.
  package var churned = 0
  /// Answers that something was done to.
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
      + "\"throttled\":\(throttled),\"objects\":\(objects),\"versions\":\(versions),"
      + "\"uploads\":\(uploads),\"parts\":\(parts),\"bodies\":\(bodies),"
      + "\"body_bytes\":\(bodyBytes),\"churned\":\(churned),"
      + "\"faults\":{\(faultCounts.joined(separator: ","))}}\n"
  }
}
