package import Vocabulary

/// A metric of CloudWatch in the namespace of S3, as ListMetrics names it.
package struct Metric: Hashable, Sendable {
  package var name: String
  /// In the order in which they were listed: AWS does not mind, and servers that play it do.
  package var dimensions: [Dimension]

  package struct Dimension: Hashable, Sendable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  package init(_ name: String, _ dimensions: [Dimension]) {
    self.name = name
    self.dimensions = dimensions
  }

  /// The bucket and the storage type of a daily metric of storage; nil for every other metric, such as those of
  /// requests.
  package var storage: (bucket: String, type: String)? {
    guard dimensions.count == 2,
      let bucket = dimensions.first(where: { $0.name == "BucketName" })?.value,
      let type = dimensions.first(where: { $0.name == "StorageType" })?.value
    else { return nil }
    return (bucket, type)
  }
}

/// What GetMetricData said of one metric.
package struct MetricAnswer: Equatable, Sendable {
  /// Each moment once.
  package var points: [Point] = []
  package var outcome = Outcome.incomplete

  package struct Point: Equatable, Sendable {
    package var at: Timestamp
    /// As written, a floating point number: `1000000000001.0`.
    package var value: String

    package init(at: Timestamp, value: String) {
      self.at = at
      self.value = value
    }
  }

  package enum Outcome: Equatable, Sendable {
    case complete
    /// The service never said that these are all points.
    case incomplete
    case forbidden
  }
}

/// A page of GetMetricData's answers.
struct MetricDataPage: Equatable {
  struct Result: Equatable {
    var id: String
    /// `Complete`, `PartialData`, `InternalError`, `Forbidden`.
    var status: String
    var points: [MetricAnswer.Point]
    var messages: [String]
  }

  var results: [Result]
  var token: String?
  var messages: [String]
}
