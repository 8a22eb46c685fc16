internal import AWS

/// A region's CloudWatch that says nothing.
struct RegionRefusal: Error, CustomStringConvertible {
  var region: Region
  var error: (any Error)?

  var description: String {
    "cannot ask CloudWatch in \(region): \(error.map { "\($0)" } ?? "no answer")"
  }
}
