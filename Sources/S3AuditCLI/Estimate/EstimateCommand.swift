internal import Answers
internal import Arguments
internal import Vocabulary

/// `estimate`: what AWS itself says of buckets, without listing them, and what it has billed.
let estimateCommand = ToolCommand(
  Command<EstimateArguments>(
    name: "estimate", abstract: "Sizes of buckets as CloudWatch has them, without listing any.",
    discussion: """
      Asks CloudWatch for its daily figures of S3 in each region where the account has buckets: bytes by storage \
      type, and the number of objects of all. Noncurrent versions and parts of unfinished uploads are in both, \
      delete markers in the number. Types ending in Overhead are billed and not stored. The day is the newest that \
      has everything the day before it had; figures come a day or two late. A bucket of which CloudWatch says \
      nothing has no figure, which is not 0: it may be empty, or new. One that only CloudWatch knows is gone. \
      Each metric asked for costs $0.01 for 1,000; --dry-run counts them first. The figures stay in the index, in \
      the view 'estimates', and change nothing else there.

      With --actual Cost Explorer is asked instead, for what was billed for S3: $0.01 a page. Amounts are as it \
      writes them, credits apart; a month of which it says nothing is no month without costs.
      """,
    positionals: [
      Positional(
        name: "bucket", help: "A bucket, or a pattern of buckets like 'logs-*'.", isRequired: false,
        isRepeated: true)
    ],
    options: EstimateArguments.rows + ConnectionOptions.rows(takesProfiles: true, \.connection),
    examples: [
      Example("Every bucket of the account:", "s3audit estimate"),
      Example("Every bucket of two accounts:", "s3audit estimate --profile prod --profile dev"),
      Example("What that would cost:", "s3audit estimate --dry-run"),
      Example("Some buckets, in Europe:", "s3audit estimate 'logs-*' --in-region 'eu-*'"),
      Example("What was billed, by usage type:", "s3audit estimate --actual --months 3"),
      Example("And by the tag team:", "s3audit estimate --actual --tag team"),
      Example("Whether a listing agrees:", "s3audit query reconcile"),
    ],
    exitStatuses: ExitStatus.rows,
    applyPositionals: { estimate, arguments throws(UsageError) in
      for argument in arguments {
        let named = try BucketArgument(argument)
        guard named.prefix == nil else {
          throw UsageError(
            "'\(argument)' is a prefix, and CloudWatch knows whole buckets.",
            hint: "name the bucket")
        }
        estimate.patterns.append(named.bucket)
      }
      try estimate.refuseContradictions()
    })
) { arguments, context in
  try await context.interrupt.cancelling {
    arguments.isActual
      ? try await ActualCosts(context, arguments).run()
      : try await EstimateRun(context, arguments).run()
  }
}
