/// One line of a plan: a range of a bucket's keys that one machine is to list.
///
///     {"bucket":"logs","objects":81920,"range":"2026/01:2026/02"}
///
/// The lines of a plan tile the keys of the bucket, or those below `prefix`, where it says one: then the first
/// range has no lower end, and the last no upper one.
package struct PlannedRange: Equatable, Sendable {
  package var bucket: String
  /// Empty for the whole bucket.
  package var prefix: Key
  package var range: KeyRange
  /// How many objects are expected; nil where that is not known.
  package var objects: Int64?

  package init(bucket: String, prefix: Key = .start, range: KeyRange, objects: Int64? = nil) {
    self.bucket = bucket
    self.prefix = prefix
    self.range = range
    self.objects = objects
  }
}

extension PlannedRange {
  /// - Throws: what is wrong with a line that should be one.
  package init(_ fields: RangeFields) throws(RangeFields.Fault) {
    self.init(
      bucket: try fields.bucket(), prefix: try fields.prefix(), range: try fields.range(),
      objects: try fields.countIfAny("objects"))
  }

  /// The line, without its end.
  package var json: JSONValue {
    var object: JSONObject = [
      "bucket": .string(bucket), "range": .string(range.written),
      "objects": objects.map { .integer($0) } ?? .null,
    ]
    if !prefix.isStart { object["prefix"] = .string(prefix.percentEncoded) }
    return .object(object)
  }
}
