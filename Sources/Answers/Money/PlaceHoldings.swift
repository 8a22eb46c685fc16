internal import Costs
package import Index
internal import Report
package import Vocabulary

/// What the objects below one prefix are, by class and by age, and what a month of them costs.
///
/// For faces that tell of one place at a time, as the terminal browser does.
package struct PlaceHoldings: Sendable {
  /// What there is to be told, such as `STANDARD` and `1.5 GiB in 1,204 objects`.
  package let lines: [(label: String, text: String)]

  /// Reads all objects below the prefix; to be called in a snapshot.
  package init(
    _ reader: IndexReader, of bucket: BucketSummary, below prefix: Key, now: Timestamp
  ) throws {
    let all = try reader.stored(ObjectFilter(), [.current])
    // Buckets of the same name on other servers are read too, and left out.
    var filter = ObjectFilter()
    filter.scopes = [.init(bucketPattern: bucket.name.escapingGlob, prefix: prefix)]
    let part = try reader.stored(filter, [.current], by: .ages(daysMax: Self.ages.last?.days ?? 0))
      .first { $0.bucket.id == bucket.id }
    let rows = part?.rows ?? []
    let items = rows.map { PricedItem(bucket, .current, $0, .accounts) }
    let prices = try KnownPrices(reader, on: String(now.iso8601.prefix(10)))
    let bill = Bill(of: PricedItem.all(of: all, .accounts).map(\.cell), by: prices.list)
    lines = Self.classLines(rows) + Self.ageLines(rows) + Self.costLines(items, bill)
  }

  private static func classLines(_ rows: [StoredUsage]) -> [(label: String, text: String)] {
    Dictionary(grouping: rows, by: \.storageClass).sorted { $0.key < $1.key }.map { name, rows in
      (name.isEmpty ? "no class" : name, text(of: rows))
    }
  }

  /// Ages by days, each up to the next.
  private static let ages: [(label: String, days: Int)] = [
    ("under 7 days", 0), ("7 to 30 days", 7), ("30 to 90 days", 30), ("90 to 365 days", 90),
    ("over a year", 365),
  ]

  private static func ageLines(_ rows: [StoredUsage]) -> [(label: String, text: String)] {
    ages.indices.compactMap { place in
      let end = place + 1 < ages.count ? ages[place + 1].days : .max
      let own = rows.filter { ($0.ageDays ?? 0) >= ages[place].days && ($0.ageDays ?? 0) < end }
      return own.isEmpty ? nil : (ages[place].label, text(of: own))
    }
  }

  private static func text(of rows: [StoredUsage]) -> String {
    let bytes = rows.lazy.map(\.usage.bytes).saturatedSum()
    let objects = rows.lazy.map(\.usage.objects).saturatedSum()
    return
      "\(ByteUnit.auto.text(bytes)) in \(groupedDecimal(objects)) object\(objects == 1 ? "" : "s")"
  }

  /// What is known of it, and what is not, by name.
  private static func costLines(
    _ items: [PricedItem], _ bill: Bill
  ) -> [(label: String, text: String)] {
    var sum = CostSum()
    sum.isUnknown = false
    var unknowns = UnknownCosts()
    for item in items {
      let cost = bill.cost(of: [item.cell])
      unknowns.add(cost.unknowns, of: item)
      sum.add(item, cost)
    }
    let money = [sum].values(isWhole: true).total.suffix(3).map { $0.digits }
    let (exact, least, most) = (money[0], money[1], money[2])
    let text: String
    if let exact {
      text = "$\(exact)"
    } else if let most {
      text = "from $\(least ?? "0") to $\(most)"
    } else {
      text = "not known, at least $\(least ?? "0")"
    }
    return [("cost a month", text)] + unknowns.lines.map { ("", $0) }
  }
}

extension Value {
  /// Those of an amount; nil where it is not known.
  fileprivate var digits: String? {
    guard case .decimal(let digits) = self else { return nil }
    return digits
  }
}

extension String {
  /// A pattern of GLOB that fits this text alone.
  fileprivate var escapingGlob: String {
    reduce(into: "") { $0 += "*?[".contains($1) ? "[\($1)]" : String($1) }
  }
}
