import AWS

/// The answer to GetBucketLocation (Amazon S3 API Reference, "GetBucketLocation").
package struct BucketLocation: Equatable, Sendable {
  /// The bucket's region; nil when the server names none, as gateways do that say `default`.
  package var region: String?

  package init(region: String?) {
    self.region = region
  }

  /// Reads the body of an answer.
  ///
  /// The oldest names still stand in answers: buckets of us-east-1 have an empty constraint, or
  /// `null` from some servers, and `EU` is eu-west-1.
  package init(parsing body: [UInt8]) throws(AnswerError) {
    let constraint = try readAnswer(
      body, root: "LocationConstraint", orHolding: { $0.contains("LocationConstraint") }
    ) { (scanner) throws(XMLError) in
      guard !scanner.isNamed("LocationConstraint") else { return try scanner.nextString() }
      var constraint = ""
      while try scanner.nextChild() {
        if scanner.isNamed("LocationConstraint") {
          constraint = try scanner.nextString()
        } else {
          try scanner.skip()
        }
      }
      return constraint
    }
    switch trimmingBlanks(constraint) {
    case "", "null": region = "us-east-1"
    case "EU": region = "eu-west-1"
    case "default": region = nil
    case let name: region = name
    }
  }
}
