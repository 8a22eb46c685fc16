internal import Arguments
internal import Vocabulary

/// Which prices count, and whose tiers: the arguments that all questions about money take.
package struct PricingArguments: Sendable {
  /// As typed: `2026-11-29`; nil for today.
  var day: String?
  var payers = Payers.accounts

  static func rows<Root: Sendable>(
    _ part: any WritableKeyPath<Root, PricingArguments> & Sendable
  ) -> [Option<Root>] {
    [
      Option<PricingArguments>(
        long: "prices-as-of", value: "date",
        help: "Prices as they were on this day, like 2026-11-20.", defaultText: "today"
      ) { arguments, text throws(UsageError) in
        arguments.day = String(try FilterValues.date(text).iso8601.prefix(10))
      },
      Option<PricingArguments>(
        long: "consolidated", help: "Volume tiers of all accounts together, as one payer has them."
      ) { arguments, _ in arguments.payers = .one },
    ].map { $0.scoped(to: part) }
  }

  func day(now: Timestamp) -> String { day ?? String(now.iso8601.prefix(10)) }
}
