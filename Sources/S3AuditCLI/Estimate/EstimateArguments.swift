internal import Answers
internal import Arguments
internal import Costs
internal import Index

/// What was asked of `estimate`.
struct EstimateArguments: CommandArguments {
  /// Patterns of SQLite's GLOB; none for every bucket.
  var patterns: [String] = []
  var regions: [String] = []
  var classes: [String] = []
  /// Nil for four days.
  var days: Int?
  var isDryRun = false
  var isActual = false
  /// Closed months, beside the one that is open; nil for one.
  var months: Int?
  var tag: String?
  var guardsFormulas = true
  var connection = ConnectionOptions()

  static let rows: [Option<EstimateArguments>] = [
    .count(
      "days", in: 1...455, help: "The newest figures of so many days count.", defaultText: "4",
      setsOptional: \.days),
    Option(
      long: "in-region", value: "pattern",
      help: "Buckets in regions whose names match, like 'eu-*'; may be repeated."
    ) { estimate, text in estimate.regions.append(text) },
    Option(
      long: "class", value: "name",
      help: "Show figures of this storage class, or storage type, alone; may be repeated."
    ) { estimate, text in estimate.classes.append(text) },
    .flag(
      "dry-run", short: "n",
      help: "Count what would be asked, and what it costs; ask for no figure.",
      sets: \.isDryRun),
    .flag("actual", help: "Ask Cost Explorer what was billed: $0.01 a page.", sets: \.isActual),
    .count(
      "months", in: 0...37,
      help: "With --actual: so many closed months, and the open one, which is estimated.",
      defaultText: "1", setsOptional: \.months),
    Option(
      long: "tag", value: "key",
      help: "With --actual: by the values of this cost allocation tag, not by usage type."
    ) { estimate, text throws(UsageError) in
      guard !text.isEmpty else { throw .invalidValue("name a tag's key") }
      estimate.tag = text
    },
    .rawCSV(clears: \.guardsFormulas),
  ]

  /// Whether a name is a class or a storage type of AWS, or one of these types, in any case of letters.
  static func isClass(_ name: String, orOneOf types: Set<String>) -> Bool {
    StorageType.isKnown(name) || IndexReader.classesOfAWS.contains(name.uppercased())
      || types.contains { $0.lowercased() == name.lowercased() }
  }

  func refuseContradictions() throws(UsageError) {
    guard isActual else {
      guard months == nil, tag == nil else {
        throw UsageError(
          "The option '\(months == nil ? "--tag" : "--months")' is about what was billed.",
          hint: "add --actual")
      }
      return
    }
    let others: [(isGiven: Bool, name: String)] = [
      (!patterns.isEmpty, "A bucket"), (!regions.isEmpty, "The option '--in-region'"),
      (!classes.isEmpty, "The option '--class'"), (days != nil, "The option '--days'"),
    ]
    guard let given = others.first(where: \.isGiven) else { return }
    throw UsageError(
      "\(given.name) means nothing to Cost Explorer, which knows whole accounts.",
      hint: "leave it out, or leave out --actual")
  }
}
