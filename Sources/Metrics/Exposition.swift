/// Metrics in Prometheus' text format, version 0.0.4, as they are written family by family.
///
/// No sample has a timestamp: the textfile collector drops a whole file that has one.
///
/// ```swift
/// var text = Exposition()
/// text.begin(MetricFamily("s3audit_index_bytes", "Bytes of the index."))
/// text.add(4_096)
/// ```
struct Exposition {
  private(set) var bytes: [UInt8] = []
  private var family: MetricFamily?
  /// Whether the family's words stand there already.
  private var isBegun = false

  /// Begins a family; one that gets no sample leaves no trace.
  mutating func begin(_ family: MetricFamily) {
    self.family = family
    isBegun = false
  }

  mutating func add(_ value: Int64, _ labels: Labels = Labels(), suffix: StaticString? = nil) {
    add(String(value), labels, suffix: suffix)
  }

  /// A moment in seconds since 1970.
  mutating func add(milliseconds: Int64, _ labels: Labels = Labels()) {
    add(Self.seconds(milliseconds), labels)
  }

  mutating func add(_ value: Bool, _ labels: Labels = Labels()) { add(value ? "1" : "0", labels) }

  /// A number as the format has it: decimal, or as Swift writes a `Double`.
  mutating func add(_ value: String, _ labels: Labels = Labels(), suffix: StaticString? = nil) {
    guard let family else { return }
    if !isBegun {
      isBegun = true
      bytes += family.header
    }
    bytes += family.name.utf8
    if let suffix { suffix.withUTF8Buffer { bytes.append(contentsOf: $0) } }
    bytes += labels.inBraces
    bytes.append(UInt8(ascii: " "))
    bytes += value.utf8
    bytes.append(UInt8(ascii: "\n"))
  }

  /// `1764486000.123`, without a fraction of nothing.
  static func seconds(_ milliseconds: Int64) -> String {
    let (whole, rest) = milliseconds.magnitude.quotientAndRemainder(dividingBy: 1_000)
    let sign = milliseconds < 0 ? "-" : ""
    guard rest > 0 else { return "\(sign)\(whole)" }
    let digits = String(rest)
    return "\(sign)\(whole).\(String(repeating: "0", count: 3 - digits.utf8.count))\(digits)"
  }
}

/// What a metric is called, and what it says.
struct MetricFamily: Sendable {
  enum Kind: String, Sendable {
    case gauge, counter, histogram
  }

  let name: String
  let kind: Kind
  let header: [UInt8]

  /// `help` is one line, without a backslash.
  init(_ name: String, _ kind: Kind = .gauge, _ help: String) {
    self.name = name
    self.kind = kind
    header = Array("# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n".utf8)
  }
}

/// The labels of a sample, escaped as they are added.
///
/// An empty value is as good as no label to Prometheus, and is left out.
struct Labels: Equatable, Sendable {
  /// Such as `bucket="logs",account="111122223333"`.
  private var pairs: [UInt8] = []

  init(_ pairs: KeyValuePairs<StaticString, String?> = [:]) {
    for (name, value) in pairs { add(name, value) }
  }

  mutating func add(_ name: StaticString, _ value: String?) {
    guard let value, !value.isEmpty else { return }
    if !pairs.isEmpty { pairs.append(UInt8(ascii: ",")) }
    name.withUTF8Buffer { pairs.append(contentsOf: $0) }
    pairs += "=\"".utf8
    for byte in value.utf8 { Self.append(byte, to: &pairs) }
    pairs.append(UInt8(ascii: "\""))
  }

  func adding(_ name: StaticString, _ value: String?) -> Labels {
    var labels = self
    labels.add(name, value)
    return labels
  }

  /// The format escapes three characters.
  ///
  /// A zero byte would end the text for Prometheus.
  private static func append(_ byte: UInt8, to bytes: inout [UInt8]) {
    switch byte {
    case UInt8(ascii: "\\"), UInt8(ascii: "\""):
      bytes.append(UInt8(ascii: "\\"))
      bytes.append(byte)
    case UInt8(ascii: "\n"): bytes += "\\n".utf8
    case 0: bytes += "\u{FFFD}".utf8
    default: bytes.append(byte)
    }
  }

  /// `{bucket="logs"}`; nothing without labels.
  var inBraces: [UInt8] {
    guard !pairs.isEmpty else { return [] }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(pairs.count + 2)
    bytes.append(UInt8(ascii: "{"))
    bytes += pairs
    bytes.append(UInt8(ascii: "}"))
    return bytes
  }
}
