internal import AWS
internal import Costs
internal import Index
internal import Report
internal import Vocabulary

/// The figures as rows, and what has to be known of them.
struct EstimateReport: Sendable {
  private let context: Context
  private let arguments: EstimateArguments

  init(_ context: Context, _ arguments: EstimateArguments) {
    self.context = context
    self.arguments = arguments
  }

  private static let columns = [
    Column("bucket", .text, rank: .answer), Column("region", .text, rank: .aside),
    Column("storage_type", .text, rank: .stays), Column("storage_class", .text, rank: .aside),
    Column("component", .text, rank: .aside), Column("bytes", .bytes),
    Column("objects", .count, rank: .stays), Column("day", .text, rank: .stays),
    Column("state", .text, expected: EstimateState.complete.rawValue),
    Column("error", .text, rank: .prose),
  ]

  func write(_ asked: Asked) throws -> ExitStatus {
    let estimates = asked.accounts.flatMap(\.estimates)
    let shown = estimates.filter(isShown)
    let areSeveral = asked.accounts.count > 1
    var writer = ReportWriter(
      columns: Self.columns + (areSeveral ? [Column("account", .text, rank: .stays)] : []),
      options: context.reportOptions(guardsFormulas: arguments.guardsFormulas)
    ) { try Terminal.writeOutput($0) }
    for estimate in shown {
      let isCount = estimate.component == FigureComponent.objects.rawValue
      try writer.append(
        [
          .text(estimate.bucket), Self.text(estimate.region), Self.text(estimate.storageType),
          Self.text(estimate.storageClass), Self.text(estimate.component),
          isCount ? .null : estimate.value.map { .bytes($0) } ?? .null,
          isCount ? estimate.value.map { .integer($0) } ?? .null : .null,
          Self.text(estimate.day?.dayText), .text(estimate.state.rawValue),
          Self.text(estimate.error),
        ] + (areSeveral ? [Self.text(estimate.account)] : []))
    }
    if shown.count > 1 { writer.totals = totals(shown) + (areSeveral ? [.null] : []) }
    try writer.finish()
    if !context.options.output.isQuiet { remark(estimates, asked) }
    let isWhole =
      asked.all.refused.isEmpty
      && asked.accounts.allSatisfy { one in
        one.regions.allSatisfy { $0.error == nil } && one.buckets.leftOut.isEmpty
      }
      && estimates.allSatisfy { [.complete, .noFigure, .gone].contains($0.state) }
    return isWhole ? .done : .refused
  }

  /// What there is no figure of is shown with any class: nobody knows that it has none of it.
  private func isShown(_ estimate: StoredEstimate) -> Bool {
    guard !arguments.classes.isEmpty, let type = estimate.storageType else { return true }
    return arguments.classes.contains { name in
      [type, estimate.storageClass].compactMap(\.self).contains {
        $0.lowercased() == name.lowercased()
      }
    }
  }

  private static func text(_ text: String?) -> Value { text.map { .text($0) } ?? .null }

  /// What is stored, of buckets that are there; its state says whether that is all.
  private func totals(_ shown: [StoredEstimate]) -> [Value] {
    let there = shown.filter { $0.state != .gone }
    func sum(_ isCounted: (FigureComponent) -> Bool) -> Int64 {
      there.reduce(0) { sum, estimate in
        let component = estimate.component.flatMap { FigureComponent(rawValue: $0) }
        return component.map(isCounted) == true ? sum.plus(estimate.value ?? 0) : sum
      }
    }
    let isWhole = there.allSatisfy { estimate in
      estimate.state == .complete
        && (estimate.storageType == nil || estimate.value != nil && estimate.component != nil)
    }
    let days = Set(there.compactMap(\.day?.dayText))
    return [
      .text("total stored"), .null, .null, .null, .null, .bytes(sum(\.isStored)),
      arguments.classes.isEmpty ? .integer(sum { $0 == .objects }) : .null,
      days.count == 1 ? Self.text(days.first) : .null,
      .text((isWhole ? EstimateState.complete : .incomplete).rawValue), .null,
    ]
  }

  // MARK: - Words

  private func remark(_ estimates: [StoredEstimate], _ asked: Asked) {
    let areSeveral = asked.accounts.count > 1
    var text = asked.accounts.map { wordsOfRegions($0, areSeveral) }.joined()
    text += Self.line(
      "Warning: these values are no sizes",
      estimates.filter { $0.state == .failed && $0.day != nil && !$0.isMisdated }
    ) { "\($0.bucket) \($0.storageType ?? "") on \($0.day?.dayText ?? ""): \($0.error ?? "")" }
    text += Self.line(
      "Warning: not all of their newest day is there", Self.buckets(estimates, .incomplete)
    ) { $0.bucket }
    text += Self.line(
      "Warning: CloudWatch forbids metrics of", Self.firstOfEach(estimates.filter(\.isForbidden))
    ) { $0.bucket }
    text += Self.line(
      "Warning: of these CloudWatch says what was not asked for",
      Self.firstOfEach(estimates.filter { $0.isMisdated })
    ) { "\($0.bucket): \($0.error ?? "")" }
    text += Self.line(
      "Note: CloudWatch has no figure of", Self.buckets(estimates, .noFigure)
    ) { $0.bucket }
    text += Self.line(
      "Note: gone, and in no total", Self.buckets(estimates, .gone)
    ) { $0.bucket }
    text += EstimatedBuckets.unplacedText(asked.accounts.flatMap(\.buckets.leftOut))
    Terminal.writeError(text + asked.all.text)
    let count = asked.accounts.flatMap(\.regions).map(\.metricsRequested).reduce(0, +)
    context.say("metrics asked for: \(count), at $0.01 for 1,000")
  }

  /// What is said of one account's regions; of several the account is named.
  private func wordsOfRegions(_ one: EstimatedAccount, _ isOneOfSeveral: Bool) -> String {
    var text = ""
    let account = isOneOfSeveral ? " of account \(one.name?.escapingControls() ?? "unknown")" : ""
    for answer in one.regions {
      if let error = answer.error {
        let refusal = RegionRefusal(region: answer.region, error: error)
        let count = Int64(one.buckets.byRegion[answer.region]?.count ?? 0)
        text += "Warning: \(onOneLine("\(refusal)"))\n"
        text +=
          "  what \(counted(count, "bucket"))\(account) there \(count == 1 ? "holds" : "hold") is not known\n"
        text += hint(for: refusal).map { "Help:  \($0)\n" } ?? ""
      }
      for message in answer.data?.messages ?? [] {
        text += "Note: CloudWatch in \(answer.region): \(message)\n"
      }
      if answer.namelessCount > 0 {
        text +=
          "Note: CloudWatch in \(answer.region): \(counted(Int64(answer.namelessCount), "metric")) of a bucket "
          + "without a name, left out\n"
      }
    }
    return text
  }

  /// A row of each bucket in that state.
  private static func buckets(
    _ estimates: [StoredEstimate], _ state: EstimateState
  ) -> [StoredEstimate] {
    firstOfEach(estimates.filter { $0.state == state && !$0.isMisdated })
  }

  private static func firstOfEach(_ estimates: [StoredEstimate]) -> [StoredEstimate] {
    var seen: Set<String> = []
    return estimates.filter { seen.insert($0.bucket).inserted }
  }

  private static func line(
    _ words: String, _ rows: [StoredEstimate], _ name: (StoredEstimate) -> String
  ) -> String {
    rows.isEmpty ? "" : "\(words): \(someNames(rows.map(name)))\n"
  }
}
