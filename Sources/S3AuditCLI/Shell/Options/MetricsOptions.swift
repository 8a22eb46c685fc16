internal import Answers
internal import Arguments
internal import Index
internal import Metrics
internal import Vocabulary

/// What metrics are made of: the options of every command that makes some.
enum MetricsOptions {
  static func rows<Root: Sendable>(
    _ part: any WritableKeyPath<Root, MetricsSettings> & Sendable
  ) -> [Option<Root>] {
    [
      Option<MetricsSettings>.count(
        "metrics-buckets", in: 0...100_000,
        help: "Metrics of so many buckets at most, the largest.",
        defaultText: "\(MetricsSettings.bucketsMaxByDefault)", sets: \.bucketsMax),
      Option<MetricsSettings>(
        long: "metrics-prefix", value: "prefix",
        help: "Metrics of s3://BUCKET/PREFIX, too; may be repeated, up to 100 times.",
        isRepeatable: true
      ) { settings, text throws(UsageError) in
        settings.prefixes.append(try prefix(text))
        guard settings.prefixes.count <= MetricsSettings.prefixesMax else {
          throw UsageError(
            "The option '--metrics-prefix' is there over \(MetricsSettings.prefixesMax) times.",
            hint: "each prefix is a series for ever: name those that matter")
        }
      },
    ].map { $0.scoped(to: part) }
  }

  /// A line about the prefixes whose buckets an index does not have; nil where there are none.
  ///
  /// That is no error: the bucket may come, and the others are told of meanwhile.
  static func note(on settings: MetricsSettings, _ reader: IndexReader) throws -> String? {
    let names = try settings.strangers(to: reader).map { "s3://\($0.bucket)/\($0.prefix.text)" }
    guard !names.isEmpty else { return nil }
    return "these have no metrics, as their buckets are not in the index: "
      + names.map { $0.escapingControls() }.joined(separator: ", ")
  }

  private static func prefix(_ text: String) throws(UsageError) -> NamedPrefix {
    // What is wrong with an argument is said in words that do not name an option.
    guard let argument = try? BucketArgument(text), !argument.isPattern,
      let prefix = argument.prefix
    else {
      throw .invalidValue("use a bucket with a prefix, like s3://logs/2026/")
    }
    return NamedPrefix(bucket: argument.bucket, prefix: prefix)
  }
}
