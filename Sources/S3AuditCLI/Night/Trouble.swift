internal import Index
internal import Report
internal import Sync
internal import Vocabulary

/// One thing that people are told of: once when it begins, and once when all are over.
struct Trouble: Equatable, Sendable {
  /// In the order of their weight.
  enum Kind: String, CaseIterable, Sendable {
    case failed, refused, stale, grown
  }

  var kind: Kind
  /// The bucket that it is about; nil where it is about the sync or an account.
  var bucket: String?
  /// The same on every night on which it is the same trouble.
  var key: String
  /// A line that can be shown.
  var text: String
}

extension Trouble {
  /// All that is wrong when a sync has ended: with itself, and with its buckets in the index.
  static func all(
    of end: SyncEnd, stop: String?, _ job: NightJob, _ problems: BucketProblems, indexPath: String
  ) -> [Trouble] {
    let ofIndex = ofIndex(at: indexPath, job, problems)
    let known = Set(ofIndex.compactMap { $0.kind == .refused ? $0.bucket : nil })
    let all =
      ofSync(end, stop) + ofBuckets(end.summary).filter { !known.contains($0.bucket ?? "") }
      + ofIndex
    return Kind.allCases.flatMap { kind in all.filter { $0.kind == kind } }
  }

  /// What a sync was refused, which its index need not know: a bucket that is not there has no row.
  private static func ofBuckets(_ summary: SyncSummary) -> [Trouble] {
    let failures =
      summary.refused.filter { !$0.isCutOff }.map { ($0.name, $0.outcome.failure) }
      + summary.gaps.map { ($0.bucket, $0.failure) }
    var seen: Set<String> = []
    return failures.compactMap { name, failure in
      guard let failure, seen.insert(name).inserted else { return nil }
      let shown = name.escapingControls()
      return Trouble(
        kind: .refused, bucket: name, key: "refused \(name)",
        text:
          "\(shown) is refused: \(onOneLine(failure.description).escapingControls(scalarsMax: .max))"
      )
    }
  }

  private static func ofSync(_ end: SyncEnd, _ stop: String?) -> [Trouble] {
    if let stop { return [failed(stop)] }
    // The accounts behind that error are in its message.
    if let error = end.error { return [failed(onOneLine(message(of: error)))] }
    let summary = end.summary
    let accounts = summary.refusedAccounts.map { account in
      let name = account.profile ?? ""
      return Trouble(
        kind: .refused, bucket: nil, key: "account \(name)",
        text: "an account is refused: \(onOneLine(message(of: account)).escapingControls())")
    }
    let missing = summary.missing.map { name in
      Trouble(
        kind: .refused, bucket: name, key: "gone \(name)",
        text: "\(name.escapingControls()) no longer exists")
    }
    let ofUnknownRegion = summary.ofUnknownRegion.map { bucket in
      Trouble(
        kind: .refused, bucket: bucket.name, key: "region \(bucket.name)",
        text: "the region of \(bucket.name.escapingControls()) is not known")
    }
    return accounts + missing + ofUnknownRegion
  }

  /// The same failure may name another time, process or request each night: digits make no difference.
  private static func failed(_ text: String) -> Trouble {
    let shown = text.escapingControls(scalarsMax: .max)
    return Trouble(
      kind: .failed, bucket: nil, key: "failed \(shown.filter { !$0.isNumber })", text: shown)
  }

  private static func ofIndex(
    at path: String, _ job: NightJob, _ problems: BucketProblems
  ) -> [Trouble] {
    guard IndexFiles(path: path) != nil,
      // Where the index cannot be read, the sync has failed for that, and says so.
      let reader = try? IndexReader(path: path, now: problems.now),
      let found = try? reader.inSnapshot({
        try reader.buckets(matching: []).filter(job.means).flatMap { try problems.of($0, reader) }
      })
    else { return [] }
    return found.map { problem in
      let kind: Kind =
        switch problem.kind {
        case .partial, .denied, .never: .refused
        case .stale: .stale
        case .grown: .grown
        }
      return Trouble(
        kind: kind, bucket: problem.bucket, key: "\(problem.kind.rawValue) \(problem.bucket)",
        text: problem.text)
    }
  }
}
