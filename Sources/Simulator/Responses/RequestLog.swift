/// The last requests that a simulator has answered, for tests that count more than kinds.
struct RequestLog: Sendable {
  private static let linesMax = 50_000

  /// Oldest first, each a line of JSON with its end.
  private(set) var lines: [String] = []

  mutating func append(_ line: String) {
    lines.append(line)
    // Half at a time, so that it costs nothing by the line.
    if lines.count >= Self.linesMax * 2 { lines.removeFirst(Self.linesMax) }
  }

  static func line(
    _ operation: SimulatorStatistics.Operation, bucket: String, key: [UInt8], _ request: S3Request,
    _ query: Query, status: Int
  ) -> String {
    func encoded(_ bytes: [UInt8]) -> String {
      String(decoding: Escaping.uriEncoded(bytes, keepsSlash: true), as: UTF8.self)
    }
    var fields = [
      ("operation", operation.rawValue), ("bucket", encoded(Array(bucket.utf8))),
      ("key", encoded(key)),
    ]
    if let id = query["versionId"] { fields.append(("version", encoded(id))) }
    for (name, header) in [
      ("range", "range"), ("source", "x-amz-copy-source"), ("if_match", "if-match"),
    ] {
      // Written as URLs are, so that no quote ends the text.
      if let value = request.header(header) { fields.append((name, encoded(Array(value.utf8)))) }
    }
    let text = fields.map { "\"\($0)\":\"\($1)\"" }.joined(separator: ",")
    return "{\(text),\"status\":\(status)}\n"
  }
}
