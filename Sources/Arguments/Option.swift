/// One option: a row of the table that the parser, help, completions and man page all read.
///
/// `apply` stores what was typed. An option may be repeated: an `apply` that appends collects every
/// value, one that assigns keeps the last.
package struct Option<Options: Sendable>: Sendable {
  package typealias Apply = @Sendable (inout Options, String) throws(UsageError) -> Void

  /// The name without its dashes: `concurrency`.
  package var long: String
  package var short: Character?
  /// The placeholder of the value, without brackets; nil makes the option a switch.
  ///
  /// `file` and `directory` (also as the last word: `manifest-file`) complete to paths in shells.
  package var value: String?
  /// One or more sentences, the last ending with a period.
  package var help: String
  /// The help heading it stands under, such as `FILTERS`; empty for the general one.
  package var group: String
  /// The only values accepted; empty accepts every value and leaves judging it to `apply`.
  package var choices: [String]
  /// The default as help shows it.
  package var defaultText: String?
  /// The environment variable that gives the same setting, as help names it.
  package var environment: String?
  /// Whether a value of its own argument may begin with one dash, as in `--sort -bytes`, unless it is the
  /// name of an option.
  package var takesDashes: Bool
  /// Whether each value counts, where it is repeated; else the last one does.
  package var isRepeatable: Bool
  /// Receives the value, or an empty text for a switch.
  package var apply: Apply

  package init(
    long: String, short: Character? = nil, value: String? = nil, help: String, group: String = "",
    choices: [String] = [], defaultText: String? = nil, environment: String? = nil,
    takesDashes: Bool = false, isRepeatable: Bool = false, apply: @escaping Apply
  ) {
    self.long = long
    self.short = short
    self.value = value
    self.help = help
    self.group = group
    self.choices = choices
    self.defaultText = defaultText
    self.environment = environment
    self.takesDashes = takesDashes
    self.isRepeatable = isRepeatable
    self.apply = apply
  }

  /// The option as errors name it: `--concurrency <count>`.
  package var label: String {
    value.map { "--\(long) <\($0)>" } ?? "--\(long)"
  }

  /// The option as help lists it: `-c, --concurrency <count>`.
  var helpLabel: String {
    short.map { "-\($0), \(label)" } ?? label
  }

  /// `--concurrency`, and `-c` when there is one.
  var spellings: [String] {
    ["--\(long)"] + (short.map { ["-\($0)"] } ?? [])
  }
}

extension Option {
  /// A switch that sets one Boolean.
  package static func flag(
    _ long: String, short: Character? = nil, help: String, group: String = "",
    environment: String? = nil,
    sets property: any WritableKeyPath<Options, Bool> & Sendable, to setting: Bool = true
  ) -> Option {
    Option(long: long, short: short, help: help, group: group, environment: environment) {
      options, _ in
      options[keyPath: property] = setting
    }
  }

  /// An option that takes a whole number in a range.
  package static func count(
    _ long: String, short: Character? = nil, value: String = "count", in range: ClosedRange<Int>,
    help: String, group: String = "", defaultText: String? = nil, environment: String? = nil,
    sets property: any WritableKeyPath<Options, Int> & Sendable
  ) -> Option {
    Option(
      long: long, short: short, value: value, help: help, group: group, defaultText: defaultText,
      environment: environment
    ) { options, text throws(UsageError) in
      options[keyPath: property] = try count(text, in: range)
    }
  }

  /// The same for a number whose absence means something of its own.
  package static func count(
    _ long: String, short: Character? = nil, value: String = "count", in range: ClosedRange<Int>,
    help: String, defaultText: String,
    setsOptional property: any WritableKeyPath<Options, Int?> & Sendable
  ) -> Option {
    Option(
      long: long, short: short, value: value, help: help, defaultText: defaultText
    ) { options, text throws(UsageError) in
      options[keyPath: property] = try count(text, in: range)
    }
  }

  private static func count(_ text: String, in range: ClosedRange<Int>) throws(UsageError) -> Int {
    guard let count = Int(text), range.contains(count) else {
      let bounds =
        range.upperBound == .max
        ? "\(range.lowerBound) or more" : "\(range.lowerBound) to \(range.upperBound)"
      throw .invalidValue("use a whole number, \(bounds)")
    }
    return count
  }

  /// An option that takes one case of an enumeration, by its raw value.
  package static func choice<Choice>(
    _ long: String, short: Character? = nil, value: String, help: String, group: String = "",
    defaultText: String? = nil, environment: String? = nil,
    sets property: any WritableKeyPath<Options, Choice> & Sendable
  ) -> Option
  where Choice: CaseIterable & RawRepresentable & Sendable, Choice.RawValue == String {
    Option(
      long: long, short: short, value: value, help: help, group: group,
      choices: Choice.allCases.map(\.rawValue), defaultText: defaultText, environment: environment
    ) { options, text throws(UsageError) in
      guard let choice = Choice(rawValue: text) else { throw .invalidValue() }
      options[keyPath: property] = choice
    }
  }

  /// The same option in a larger structure: tables are written against the part they set.
  package func scoped<Root: Sendable>(
    to part: any WritableKeyPath<Root, Options> & Sendable
  ) -> Option<Root> {
    Option<Root>(
      long: long, short: short, value: value, help: help, group: group, choices: choices,
      defaultText: defaultText, environment: environment, takesDashes: takesDashes,
      isRepeatable: isRepeatable
    ) { [apply] root, text throws(UsageError) in
      try apply(&root[keyPath: part], text)
    }
  }
}
