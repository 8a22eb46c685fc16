internal import AWS
internal import Arguments
internal import Costs
internal import Vocabulary

/// `--max-cost`: what the requests of a sync may cost.
struct MaxCost: Sendable {
  /// As typed.
  private let usd: String
  private let nanodollars: Int64

  /// `0.10`: US dollars, more than nothing.
  init?(_ text: String) {
    guard let amount = Rational(decimal: text), Rational.zero < amount,
      let nanodollars = Int64((amount * Rational(1_000_000_000)).decimal(places: 0))
    else { return nil }
    usd = text
    self.nanodollars = nanodollars
  }

  static func row<Root: Sendable>(
    sets property: any WritableKeyPath<Root, MaxCost?> & Sendable
  ) -> Option<Root> {
    Option(
      long: "max-cost", value: "usd",
      help:
        "Stop before requests to S3 cost more than so many US dollars; the next sync goes on from there.",
      defaultText: "no limit"
    ) { arguments, text throws(UsageError) in
      guard let cost = MaxCost(text) else {
        throw .invalidValue("use a number of US dollars, like 0.10")
      }
      arguments[keyPath: property] = cost
    }
  }

  var limit: SpendingLimit { SpendingLimit(nanodollarsMax: nanodollars) }

  /// What is said of a sync that the limit stopped; nil for another.
  func text(of limit: SpendingLimit) -> String? {
    let spent = (Rational(limit.nanodollarsSpent) / Rational(1_000_000_000)).decimal(places: 6)
    switch limit.stop {
    case nil: return nil
    case .reached:
      return """
        Stopped: one request more would cost more than --max-cost \(usd); \(spent) USD were spent, and what was \
        listed is kept.
        Help:  \(SyncReport.howToGoOn)

        """
    case .unpriced(let region):
      return """
        Stopped: what requests to \(region.escapingControls()) cost is not known, so --max-cost \(usd) cannot be \
        kept; \(spent) USD were spent.
        Help:  import a price list with 's3audit import prices', or leave out --max-cost

        """
    }
  }
}

extension SpendingLimit? {
  /// Runs `body`, and cancels it when the limit is reached; what it returns is there in any case.
  func keeping<Result: Sendable>(
    _ prices: RequestPrices, _ body: @escaping @Sendable () async -> Result
  ) async -> Result? {
    guard let limit = self else { return await body() }
    let (stops, signal) = AsyncStream<Never>.makeStream()
    limit.begin(
      price: { region, isList in isList ? prices.lists[region] : prices.others[region] },
      stopped: { signal.finish() })
    return await withTaskGroup(of: Result?.self) { group in
      group.addTask { await body() }
      group.addTask {
        for await _ in stops {}
        return nil
      }
      var result: Result?
      for await one in group {
        result = one ?? result
        // Either the limit is reached, or there is nothing more to watch.
        group.cancelAll()
      }
      return result
    }
  }
}
