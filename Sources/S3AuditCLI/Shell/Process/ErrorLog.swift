internal import Report
internal import Vocabulary

/// Standard error as a log: a record a line, each with a time, a level and an event.
///
///     2026-11-30T02:30:07Z info sync_started index=/var/lib/s3audit/index.sqlite3
///     2026-11-30T02:30:09Z error error message="cannot list s3://bad: access denied" help="ask for s3:ListBucket"
///
/// Words that are meant for people become records, too, so that nothing else is between the lines.
struct ErrorLog: Equatable, Sendable {
  enum Format: String, CaseIterable, Sendable {
    case text, json
  }

  enum Level: String, Sendable {
    case info, warning, error
  }

  struct Record: Equatable {
    var level: Level
    var event: String
    var fields: [(name: String, value: JSONValue)] = []

    static func == (one: Record, other: Record) -> Bool {
      one.level == other.level && one.event == other.event
        && one.fields.map(\.name) == other.fields.map(\.name)
        && one.fields.map(\.value) == other.fields.map(\.value)
    }
  }

  var format: Format
  /// Whether no more is logged than what is wrong.
  var isQuiet: Bool

  /// The record on its line; empty where nothing is to be said.
  func line(_ record: Record, at time: Timestamp) -> String {
    guard !isQuiet || record.level != .info else { return "" }
    switch format {
    case .text:
      let fields = record.fields.map { " \($0.name)=\(Self.shown($0.value))" }.joined()
      return "\(time.iso8601) \(record.level.rawValue) \(record.event)\(fields)\n"
    case .json:
      var object: JSONObject = [
        "time": .string(time.iso8601), "level": .string(record.level.rawValue),
        "event": .string(record.event),
      ]
      for field in record.fields { object.append(field.name, field.value) }
      return String(decoding: JSONValue.object(object).encoded(), as: UTF8.self) + "\n"
    }
  }

  /// Lines for people as records.
  func lines(of words: String, at time: Timestamp) -> String {
    Self.records(of: words).map { line($0, at: time) }.joined()
  }

  /// How lines begin that say what they are; of others nothing is known but that they are news.
  private static let beginnings: [(text: String, level: Level, event: String)] = [
    ("Error: ", .error, "error"), ("Warning: ", .warning, "warning"), ("Note: ", .info, "note"),
    ("Stopped: ", .warning, "stopped"), ("Interrupted", .warning, "interrupted"),
  ]
  private static let help = "Help:  "

  /// A line that goes on with another, or with the way out, is one record with it.
  static func records(of words: String) -> [Record] {
    var found: [(record: Record, message: String, help: String?)] = []
    for line in words.split(separator: "\n") {
      if !found.isEmpty, line.hasPrefix(help) {
        let more = line.dropFirst(help.count)
        found[found.count - 1].help =
          found[found.count - 1].help.map { "\($0); \(more)" } ?? String(more)
      } else if !found.isEmpty, line.hasPrefix("  ") {
        found[found.count - 1].message += "; \(line.trimmingPrefix { $0 == " " })"
      } else if let known = beginnings.first(where: { line.hasPrefix($0.text) }) {
        let isKept = !known.text.hasSuffix(" ")
        found.append(
          (
            Record(level: known.level, event: known.event),
            String(isKept ? line : line.dropFirst(known.text.count)), nil
          ))
      } else {
        found.append((Record(level: .info, event: "message"), String(line), nil))
      }
    }
    return found.map { one in
      var record = one.record
      record.fields = [("message", .string(one.message.replacing(":; ", with: ": ")))]
      if let help = one.help { record.fields.append(("help", .string(help))) }
      return record
    }
  }

  /// Bare where nothing in it could be taken for something else, else as JSON has it.
  private static func shown(_ value: JSONValue) -> String {
    if case .string(let text) = value, !text.isEmpty,
      text.utf8.allSatisfy({
        $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "=")
      })
    {
      return text
    }
    return String(decoding: value.encoded(), as: UTF8.self).escapingControls(scalarsMax: .max)
  }
}
