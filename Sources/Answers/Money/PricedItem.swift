internal import Costs
internal import Index

/// Whose volume tiers count together.
enum Payers {
  case accounts
  /// All accounts pay one bill, as those of an organization do.
  case one
}

/// What a bucket holds in one state and class, as a bill sees it.
struct PricedItem {
  var bucket: BucketSummary
  var state: StoredState
  var usage: StoredUsage
  var cell: StoredCell

  init(_ bucket: BucketSummary, _ state: StoredState, _ usage: StoredUsage, _ payers: Payers) {
    self.bucket = bucket
    self.state = state
    self.usage = usage
    cell = StoredCell(
      payer: payers == .one ? "" : bucket.payer, region: bucket.region,
      storageClass: usage.storageClass, state: StoredCell.State(state),
      objects: usage.usage.objects, bytes: usage.usage.bytes,
      smallObjects: usage.small.objects, smallBytes: usage.small.bytes)
    cell.isElsewhere = bucket.isElsewhere
  }

  static func all(of parts: [StoredPart], _ payers: Payers) -> [PricedItem] {
    parts.flatMap { part in part.rows.map { PricedItem(part.bucket, part.state, $0, payers) } }
  }
}

extension BucketSummary {
  /// Buckets of which nobody knows the account are taken for one's.
  fileprivate var payer: String { account.map { "\($0.name) \($0.id)" } ?? endpoint }

  /// Whether it is on a server that is not AWS: partitions of AWS are names, servers are URLs.
  var isElsewhere: Bool { endpoint.contains("://") }
}

extension StoredCell.State {
  fileprivate init(_ state: StoredState) {
    switch state {
    case .current: self = .current
    case .noncurrent: self = .noncurrent
    case .uploads: self = .uploads
    }
  }
}
