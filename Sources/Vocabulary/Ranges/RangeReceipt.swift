/// What a listing of a range says when it is whole: which keys it is about, what it printed of them, and where the
/// next range has to go on.
///
///     {"bucket":"logs","bytes":4096,"checksum":"8c3f…","finished":"2026-11-29T01:02:05Z","first":"2026/01/a",
///      "last":"2026/01/z","next":"2026/02/a","objects":3,"range":"2026/01:2026/02","requests":1,"retries":0,
///      "started":"2026-11-29T01:02:03Z","version":"0.1.0"}
///
/// Keys are encoded as the ends of the range are, so that they are exact whatever their bytes are.
package struct RangeReceipt: Equatable, Sendable {
  package var bucket: String
  /// Empty for the whole bucket.
  package var prefix: Key
  package var range: KeyRange
  package var objects: Int64
  package var bytes: Int64
  /// Nil where there are no objects.
  package var first: Key?
  package var last: Key?
  /// The first key behind the range when its end was listed; nil where none came.
  package var next: Key?
  package var started: Timestamp
  package var finished: Timestamp
  /// Requests that were sent, repeated ones included.
  package var requests: Int64
  package var retries: Int64
  /// Of the program.
  package var version: String
  /// Whether a `'` stands before some of the keys, which a spreadsheet would run as formulas: CSV that was not
  /// asked to be raw has other keys than the bucket.
  package var isGuarded = false
  /// As it was written, nil in one that was not read: see `sum`.
  package var checksum: String?

  package init(
    bucket: String, prefix: Key = .start, range: KeyRange, objects: Int64 = 0, bytes: Int64 = 0,
    first: Key? = nil, last: Key? = nil, next: Key? = nil, started: Timestamp,
    finished: Timestamp, requests: Int64, retries: Int64 = 0, version: String
  ) {
    self.bucket = bucket
    self.prefix = prefix
    self.range = range
    self.objects = objects
    self.bytes = bytes
    (self.first, self.last, self.next) = (first, last, next)
    (self.started, self.finished) = (started, finished)
    (self.requests, self.retries) = (requests, retries)
    self.version = version
  }

  /// A number of what was listed: one that was written with it and has another now was changed since.
  ///
  /// Ranges that tile say nothing of a wrong count. FNV-1a of 64 bits, over all other fields as a JSON object:
  /// no proof against ill will, but against slips.
  package var sum: String {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in JSONValue.object(fields).encoded() {
      hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
    }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// All but the checksum.
  private var fields: JSONObject {
    func text(_ key: Key?) -> JSONValue { key.map { .string($0.percentEncoded) } ?? .null }
    var object: JSONObject = [
      "bucket": .string(bucket), "range": .string(range.written), "objects": .integer(objects),
      "bytes": .integer(bytes), "first": text(first), "last": text(last), "next": text(next),
      "started": .string(started.iso8601), "finished": .string(finished.iso8601),
      "requests": .integer(requests), "retries": .integer(retries), "version": .string(version),
    ]
    if !prefix.isStart { object["prefix"] = .string(prefix.percentEncoded) }
    if isGuarded { object["guarded"] = .boolean(true) }
    return object
  }
}

extension RangeReceipt {
  /// - Throws: what is wrong with a line that should be one.
  package init(_ fields: RangeFields) throws(RangeFields.Fault) {
    self.init(
      bucket: try fields.bucket(), prefix: try fields.prefix(), range: try fields.range(),
      objects: try fields.count("objects"), bytes: try fields.count("bytes"),
      first: try fields.keyIfAny("first"), last: try fields.keyIfAny("last"),
      next: try fields.keyIfAny("next"), started: try fields.time("started"),
      finished: try fields.time("finished"), requests: try fields.count("requests"),
      retries: try fields.count("retries"), version: try fields.text("version"))
    isGuarded = try fields.flag("guarded")
    checksum = try fields.text("checksum")
  }

  /// The object, with its checksum as it is now.
  package var json: JSONValue {
    var object = fields
    object["checksum"] = .string(sum)
    return .object(object)
  }
}
