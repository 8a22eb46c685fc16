internal import Migrations
internal import Vocabulary

/// An index as Datasette is told of it (https://docs.datasette.io/en/stable/metadata.html).
///
/// Everything in it but the order and the facets is of the schema's manual.
struct DatasetteMetadata {
  /// What Datasette calls the file: its name without the ending.
  var database: String
  /// The tables behind the views, which are hidden.
  var tables: [String]

  static func database(ofFile path: String) -> String {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    let databaseEndings = [".db", ".sqlite", ".sqlite3"]
    for ending in databaseEndings where name.hasSuffix(ending) {
      return String(name.dropLast(ending.count))
    }
    return name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
  }

  func json(of manual: SchemaManual) -> JSONValue {
    var tables: JSONObject = [:]
    for name in self.tables { tables[name] = .object(["hidden": .boolean(true)]) }
    for view in manual.views { tables[view.name] = Self.json(of: view) }
    var queries: JSONObject = [:]
    for question in manual.questions {
      queries[Self.slug(question.title)] = .object([
        "title": .string(question.title), "sql": .string(question.sql),
      ])
    }
    return .object([
      "title": .string("s3audit"),
      "description": .string(
        "What S3 buckets hold, as of the last sync. Sizes are exact bytes, times are UTC."),
      "databases": .object([
        database: .object([
          "description": .string("The index of s3audit: its views, and questions to begin with."),
          "tables": .object(tables), "queries": .object(queries),
        ])
      ]),
    ])
  }

  private static func json(of view: SchemaManual.View) -> JSONValue {
    var columns: JSONObject = [:]
    for column in view.columns {
      columns[column.name] = .string(column.text + (unit(of: column).map { " (\($0))" } ?? ""))
    }
    var members: JSONObject = [
      "title": .string(view.title), "description": .string(view.title), "columns": .object(columns),
    ]
    if let order = descending[view.name] { members["sort_desc"] = .string(order) }
    if let facets = facets[view.name] {
      members["facets"] = .array(facets.map(JSONValue.string))
    }
    return .object(members)
  }

  /// The unit of a column, where its own text does not begin with it.
  private static func unit(of column: SchemaManual.Column) -> String? {
    let name = column.name
    if column.isInteger, !column.text.hasPrefix("bytes"),
      name == "bytes" || name.hasSuffix("_bytes") || name.hasPrefix("size")
    {
      return "in bytes"
    }
    let isTime =
      name == "at" || name.hasSuffix("_at") || name.hasPrefix("last_mod")
      || ["created", "started", "finished", "initiated"].contains(name)
    return isTime ? "in UTC" : nil
  }

  /// By what a view is sorted first: those that can have a row an object keep the order in which they are stored,
  /// as sorting reads them whole.
  private static let descending = [
    "accounts": "bytes", "buckets": "bytes", "bucket_classes": "bytes", "prefixes": "bytes",
    "uploads": "bytes", "syncs": "sync", "history": "at", "points": "at", "estimates": "bytes",
    "actual_costs": "month",
  ]

  /// By what a view can be narrowed with a click: of views with few rows.
  private static let facets = [
    "buckets": ["state", "region", "versioning"], "bucket_classes": ["storage_class"],
    "bucket_properties": ["property", "state"], "syncs": ["state"], "estimates": ["state"],
  ]

  /// The name of a query in addresses: `how-did-the-buckets-grow`.
  private static func slug(_ title: String) -> String {
    let words = title.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
    return words.prefix(8).joined(separator: "-")
  }
}
