internal import Answers
internal import Arguments
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

  private static func prefix(_ text: String) throws(UsageError) -> NamedPrefix {
    let argument = try BucketArgument(text)
    guard !argument.isPattern, let prefix = argument.prefix else {
      throw .invalidValue("use a bucket with a prefix, like s3://logs/2026/")
    }
    return NamedPrefix(bucket: argument.bucket, prefix: prefix)
  }
}
