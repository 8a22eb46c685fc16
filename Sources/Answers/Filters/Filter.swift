package import Arguments
package import Index
package import Vocabulary

/// Which objects of which buckets a question is about, as typed: times may still be relative to now.
///
/// Its rows are written against itself. An answer takes them in with the place where it keeps it:
/// `options: [depthRow] + Filter.rows(\.filter)`.
package struct Filter: Sendable {
  /// All but the times.
  private(set) var typed = ObjectFilter()
  /// What `--bucket` names, among what is named as arguments.
  private(set) var among: [ObjectFilter.Scope] = []
  /// All of them hold: the latest counts.
  private(set) var since: [TimeBound] = []
  /// All of them hold: the earliest counts.
  private(set) var before: [TimeBound] = []

  /// For questions about the objects, unless an option or the question says otherwise.
  package init(of entries: Entries = .current) { typed.entries = entries }

  /// What is counted of each key.
  package var entries: Entries { typed.entries }

  /// The buckets asked about, and where in them; none means every bucket.
  ///
  /// A filter narrows what the arguments name: a bucket has to be one of both.
  package var scopes: [ObjectFilter.Scope] {
    guard !typed.scopes.isEmpty else { return among }
    guard !among.isEmpty else { return typed.scopes }
    return typed.scopes.flatMap { scope in among.compactMap { scope.intersecting($0) } }
  }

  /// The patterns of accounts asked about; none means every account.
  package var accounts: [String] { typed.accounts }

  /// How long it takes to judge a key.
  package var keyEffort: ObjectFilter.KeyPattern.Effort { typed.keyMatches?.effort ?? .linear }

  /// Narrows it to keys that begin so, whose bytes need not be text; precondition: no prefix was typed.
  package mutating func narrow(toPrefix prefix: Key) { typed.prefix = prefix }

  /// Narrows it to one key, whose bytes need not be text.
  package mutating func narrow(toKey key: Key) {
    typed.keyExact = key
    if typed.prefix.isStart { typed.prefix = key }
  }

  /// The filter as far as it chooses buckets.
  package var buckets: ObjectFilter {
    var filter = ObjectFilter()
    (filter.scopes, filter.accounts, filter.regions) = (
      scopes, typed.accounts, typed.regions
    )
    return filter
  }

  /// The prefixes asked about, each with the pattern of its buckets.
  package var prefixes: [ObjectFilter.Scope] {
    let named = scopes.isEmpty ? [.init(bucketPattern: "*")] : scopes
    let own = typed.prefix.isStart ? [] : named.map { $0.with(prefix: typed.prefix) }
    return scopes.filter { !$0.prefix.isStart } + own
  }

  /// The filter with its times counted from `now`.
  ///
  /// - Throws: `UsageError` for one that no object can pass.
  package func objects(now: Timestamp) throws(UsageError) -> ObjectFilter {
    var filter = typed
    filter.scopes = scopes
    guard !filter.scopes.isEmpty || typed.scopes.isEmpty else {
      throw UsageError(
        "No key begins with a prefix of the arguments and one of --bucket.",
        hint: "name the prefix once", blaming: "bucket")
    }
    filter.modifiedFrom = since.map { $0.timestamp(now: now) }.max()
    filter.modifiedBefore = before.map { $0.timestamp(now: now) }.min()
    if let least = filter.sizeMin, let most = filter.sizeMax, least > most {
      throw UsageError(
        "No object is at least \(least) and at most \(most) bytes large.", blaming: "max-size")
    }
    if let from = filter.modifiedFrom, let before = filter.modifiedBefore, from >= before {
      throw UsageError(
        "No time is since \(from.iso8601) and before \(before.iso8601).",
        blaming: self.before.contains { $0.isAge } ? "older-than" : "before")
    }
    return filter
  }
}

extension ObjectFilter.Scope {
  fileprivate func with(prefix: Key) -> Self {
    var scope = self
    scope.prefix = prefix
    return scope
  }
}

// MARK: - Arguments

extension Filter {
  /// `<scope> ...`: the buckets that are asked about.
  package static let scopePositional = Positional(
    name: "scope", help: "A bucket, a pattern of buckets, or s3://BUCKET/PREFIX.",
    isRequired: false, isRepeated: true)

  /// What a command does with its scopes.
  package static func applyScopes<Root: Sendable>(
    _ part: any WritableKeyPath<Root, Filter> & Sendable
  ) -> Command<Root>.ApplyPositionals {
    { root, arguments throws(UsageError) in
      for argument in arguments {
        root[keyPath: part].typed.scopes.append(try FilterValues.scope(argument))
      }
    }
  }

  /// The rows of questions about objects, for the part of a command's arguments that holds the filter.
  package static func rows<Root: Sendable>(
    _ part: any WritableKeyPath<Root, Filter> & Sendable
  ) -> [Option<Root>] {
    (ofBuckets + ofObjects).map { $0.scoped(to: part) }
  }

  /// The same without times, for what has none of its own.
  static func untimedRows<Root: Sendable>(
    _ part: any WritableKeyPath<Root, Filter> & Sendable
  ) -> [Option<Root>] {
    let timed: Set = ["older-than", "newer-than", "since", "before"]
    return (ofBuckets + ofObjects.filter { !timed.contains($0.long) }).map { $0.scoped(to: part) }
  }

  /// The rows of questions about whole buckets.
  static func bucketRows<Root: Sendable>(
    _ part: any WritableKeyPath<Root, Filter> & Sendable
  ) -> [Option<Root>] {
    ofBuckets.map { $0.scoped(to: part) }
  }

  /// The row of questions that count noncurrent versions too, where they are asked to.
  static func versionsRow<Root: Sendable>(
    _ part: any WritableKeyPath<Root, Filter> & Sendable
  ) -> Option<Root> {
    Option<Filter>(
      long: "versions", value: "which",
      help: "Objects, or versions that are not the latest, or both.", group: "FILTERS",
      choices: [Entries.all, .current, .noncurrent].map(\.rawValue),
      defaultText: Entries.current.rawValue
    ) { filter, text in filter.typed.entries = Entries(rawValue: text) ?? .current }
    .scoped(to: part)
  }

  private static let ofBuckets: [Option<Filter>] = [
    Option(
      long: "bucket", short: "b", value: "pattern",
      help:
        "Buckets whose names match, like 'logs-*', among those named as arguments; may be repeated.",
      group: "FILTERS", isRepeatable: true
    ) { filter, text throws(UsageError) in
      filter.among.append(try FilterValues.scope(text))
    },
    Option(
      long: "account", value: "pattern",
      help: "Buckets of accounts whose number, owner, profile or server matches; may be repeated.",
      group: "FILTERS", isRepeatable: true
    ) { filter, text in filter.typed.accounts.append(text) },
    Option(
      long: "in-region", value: "pattern",
      help: "Buckets in regions whose names match, like 'eu-*'; may be repeated.", group: "FILTERS",
      isRepeatable: true
    ) { filter, text in filter.typed.regions.append(text) },
  ]

  private static let ofObjects: [Option<Filter>] = [
    Option(
      long: "prefix", short: "p", value: "prefix", help: "Keys that begin with this.",
      group: "FILTERS"
    ) { filter, text in filter.typed.prefix = Key(text) },
    Option(
      long: "key", short: "k", value: "pattern",
      help: "Keys that match as a whole: * (also across /), ? and [a-z].", group: "FILTERS"
    ) { filter, text in filter.typed.keyGlob = text },
    Option(
      long: "regex", short: "e", value: "regex",
      help: "Keys in which this regular expression is found.", group: "FILTERS"
    ) { filter, text throws(UsageError) in
      filter.typed.keyMatches = try FilterValues.keyPattern(text)
    },
    Option(
      long: "min-size", value: "size", help: "Objects of at least this size, like 1MiB.",
      group: "FILTERS"
    ) { filter, text throws(UsageError) in
      filter.typed.sizeMin = try FilterValues.size(text)
    },
    Option(
      long: "max-size", value: "size", help: "Objects of at most this size.", group: "FILTERS"
    ) { filter, text throws(UsageError) in
      filter.typed.sizeMax = try FilterValues.size(text)
    },
    Option(
      long: "older-than", value: "age", help: "Last modified longer ago than this, like 90d.",
      group: "FILTERS"
    ) { filter, text throws(UsageError) in
      filter.before.append(.ago(milliseconds: try FilterValues.age(text)))
    },
    Option(
      long: "newer-than", value: "age", help: "Last modified within this time, like 12h.",
      group: "FILTERS"
    ) { filter, text throws(UsageError) in
      filter.since.append(.ago(milliseconds: try FilterValues.age(text)))
    },
    Option(
      long: "since", value: "date", help: "Last modified at this date (UTC) or later.",
      group: "FILTERS"
    ) { filter, text throws(UsageError) in
      filter.since.append(.at(try FilterValues.date(text)))
    },
    Option(
      long: "before", value: "date", help: "Last modified before this date (UTC).", group: "FILTERS"
    ) { filter, text throws(UsageError) in
      filter.before.append(.at(try FilterValues.date(text)))
    },
    Option(
      long: "class", value: "name",
      help: "Objects of this storage class, like GLACIER; may be repeated.", group: "FILTERS",
      isRepeatable: true
    ) { filter, text in filter.typed.storageClasses.append(text) },
  ]
}
