/// What a line of a bill is about, as far as this program computes such a thing itself.
///
///     EU-TimedStorage-ByteHrs       TimedStorage-ByteHrs in eu-west-1
///     TimedStorage-ByteHrs          the same in us-east-1, whose usage types have no prefix
///     EU-DataTransfer-Out-Bytes     nil: no listing tells of it
package struct BilledUsage: Hashable, Sendable {
  package var region: String
  package var usage: UsageType

  package init(_ usage: UsageType, in region: String) {
    self.usage = usage
    self.region = region
  }

  package init?(billed text: String) {
    guard let (usage, prefix) = UsageType.read(text) else { return nil }
    guard !prefix.isEmpty else {
      self.init(usage, in: "us-east-1")
      return
    }
    guard let region = PricedRegion.code(regionCode: "", location: "", prefix: prefix) else {
      return nil
    }
    self.init(usage, in: region)
  }
}

extension Bill {
  /// What all of it costs, line by line of a bill; of all payers together.
  package var byUsage: [BilledUsage: Cost] {
    let assumed = pools.map { pools in
      pools.reduce(into: [BilledUsage: (known: Rational, isWhole: Bool)]()) { sums, pool in
        let key = BilledUsage(pool.key.key.usage, in: pool.key.key.region)
        let sum = sums[key] ?? (.zero, true)
        sums[key] = (sum.known + pool.value.cost.known, sum.isWhole && pool.value.cost.isWhole)
      }
    }
    return Set(assumed.flatMap(\.keys)).reduce(into: [:]) { costs, key in
      let sums = assumed.map { $0[key] ?? (.zero, true) }
      let amounts = sums.map(\.known).sorted()
      costs[key] = Cost(
        atLeast: amounts.first ?? .zero, atMost: sums.allSatisfy(\.isWhole) ? amounts.last : nil)
    }
  }
}
