internal import Arguments
internal import Index

/// One parameter of a route, as the OpenAPI file and the manual list it.
package struct Parameter: Equatable, Sendable {
  package enum Kind: String, Sendable {
    case text, flag, integer
  }

  package var name: String
  package var kind = Kind.text
  /// What stands for its value in words: `size`; nil for a flag.
  package var placeholder: String?
  package var help: String
  package var choices: [String] = []
  package var defaultText: String?
  package var isRepeatable = false
  package var range: ClosedRange<Int64>?

  /// As errors name it.
  var label: String { placeholder.map { "\(name)=<\($0)>" } ?? "\(name)=true" }
}

extension Parameter {
  /// The row of a command's option, under the name that it has in a URL.
  init<Options>(_ row: Option<Options>) {
    self.init(
      name: Self.name(of: row.long), kind: row.value == nil ? .flag : .text, placeholder: row.value,
      help: row.help, choices: row.choices, defaultText: row.defaultText,
      isRepeatable: row.isRepeatable)
  }

  static func name(of option: String) -> String { option.replacing("-", with: "_") }

  static let format = Parameter(
    name: "fmt", placeholder: "format",
    help: "How rows are written; jsonl, csv and tsv are those of the command.",
    choices: AnswerFormat.allCases.map(\.rawValue), defaultText: AnswerFormat.json.rawValue)

  static let limit = Parameter(
    name: "limit", kind: .integer, placeholder: "count",
    help: "At most so many rows; the rest is behind a cursor.",
    defaultText: "\(Paging.rowsDefault)", range: 1...Paging.rowsMax)

  static let cursor = Parameter(
    name: "cursor", placeholder: "cursor",
    help: "The next rows of the same question: the value of 'next' in the answer before.")

  static let prefix = Parameter(
    name: "prefix", placeholder: "prefix", help: "Keys that begin with this.")

  static let prefixEncoded = Parameter(
    name: "prefix_encoded", placeholder: "bytes",
    help:
      "The same for bytes that are not UTF-8, in the form of URLs, as 'prefix_encoded' of a row.")

  static let keyEncoded = Parameter(
    name: "key_encoded", placeholder: "bytes",
    help: "One key by its bytes in the form of URLs, as 'key_encoded' of a row.")

  static let token = Parameter(
    name: "token", placeholder: "token", help: "The token, where no header can be sent.")
}

/// The forms in which rows are sent.
package enum AnswerFormat: String, CaseIterable, Sendable {
  case json, jsonl, csv, tsv

  var contentType: String {
    switch self {
    case .json: "application/json"
    case .jsonl: "application/x-ndjson"
    case .csv: "text/csv; charset=utf-8; header=present"
    case .tsv: "text/tab-separated-values; charset=utf-8"
    }
  }
}

/// How much one answer has.
enum Paging {
  static let rowsDefault: Int64 = 1_000
  static let rowsMax: Int64 = 10_000
  static let bytesMax = 8 << 20
  /// What an answer may keep in memory while it is made.
  static let groupsMax = Groups(count: 250_000, nameBytes: 32 << 20)
  /// The columns of all answers that tell a row from the others, whatever the rest of it becomes.
  static let naming: Set<String> = [
    "bucket", "account", "profile", "endpoint", "region", "prefix", "key", "version_id",
    "upload_id", "etag", "storage_class", "extension", "age", "size", "finding", "component",
    "stored_state", "tag", "usage_type", "other_service", "sync", "at",
  ]
}
