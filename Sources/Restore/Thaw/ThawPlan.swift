package import Costs
package import S3
package import Vocabulary

/// What bringing versions back would begin, how long that takes and what it costs: known before anything is
/// sent.
///
/// ```
/// GLACIER        2 versions, 3.0 GiB   by bulk: 5 to 12 hours     $0 + $0 + 3 × 7/30 × $0.023
/// DEEP_ARCHIVE   1 version             by bulk: up to 48 hours    …
/// 4 are under way, 2 can be read already
/// ```
package struct ThawPlan: Equatable, Sendable {
  /// Versions of one archive in one state.
  package struct Share: Equatable, Sendable {
    package var archive: Archive
    package var versions: Int64
    /// Nil where the size of one of them is not known.
    package var bytes: Int64?

    package init(archive: Archive, versions: Int64, bytes: Int64?) {
      self.archive = archive
      self.versions = versions
      self.bytes = bytes
    }
  }

  package var speed: ThawSpeed
  package var days: Int
  /// What would be asked for.
  package var begins: [Share] = []
  /// What the speed does not exist for.
  package var leaves: [Share] = []
  package var underWay: [Share] = []
  package var ready: [Share] = []
  /// When the first of those that can be read is gone again.
  package var readyUntil: Timestamp?

  /// A plan for all that was found: archived ones are begun, unless nothing comes that fast from there.
  package init(_ found: [(state: ThawState, share: Share)], speed: ThawSpeed, days: Int) {
    (self.speed, self.days) = (speed, days)
    for (state, share) in found {
      switch state {
      case .underWay, .begun: underWay.append(share)
      case .archived, .tooFast, .noRoom, .refused:
        if RetrievalTime(from: share.archive, by: speed) == nil {
          leaves.append(share)
        } else {
          begins.append(share)
        }
      }
    }
  }

  /// When the versions that are under way are back at the latest, by archive, where that can be known.
  package var ends: [Archive: Timestamp] = [:]

  /// Minutes until all that is under way from an archive can be read: what is left of those that the speed
  /// takes, or where nobody knows when it was asked for, the most that any takes.
  package func minutesLeft(of archive: Archive, now: Timestamp) -> Int {
    guard let end = ends[archive] else {
      return RetrievalTime(from: archive, by: .bulk)?.minutesMax ?? 0
    }
    let milliseconds = end.millisecondsSinceEpoch - now.millisecondsSinceEpoch
    return Int(max(0, (milliseconds + 59_999) / 60_000))
  }

  /// The same for all archives; nil when nothing is under way.
  package func minutesLeft(now: Timestamp) -> Int? {
    underWay.map { minutesLeft(of: $0.archive, now: now) }.max()
  }

  package var versionsToBegin: Int64 { begins.reduce(0) { $0 + $1.versions } }

  /// What bringing back a share costs in a region, nil for one whose prices nobody knows, at these prices.
  package func cost(of share: Share, in region: String?, at prices: PriceList) -> ThawCost {
    var cost = ThawCost()
    // Whatever comes back from tiers but in a hurry is free (User Guide, "Archive retrieval options").
    if !share.archive.isTier || speed == .expedited {
      let keys = region.flatMap { region in
        share.archive.isTier
          ? nil : Retrieval.prices(from: share.archive.rawValue, by: speed.priced, in: region)
      }
      cost.add(share.versions, .requests, keys?.request, at: prices)
      cost.add(share.bytes, .retrieval, keys?.bytes, at: prices)
    }
    // What comes back from a tier is no copy: it costs what the frequently read tier does, for as long as it
    // stays there, which nobody can tell.
    cost.add(
      share.archive.isTier ? nil : share.bytes, .storage,
      region.map { PriceKey(.standard, in: $0) }, at: prices,
      months: Rational(Int64(days)) / Rational(30))
    return cost
  }

  /// What all of it costs.
  package func cost(in region: String?, at prices: PriceList) -> ThawCost {
    begins.reduce(into: ThawCost()) { $0.add(cost(of: $1, in: region, at: prices)) }
  }
}

extension ThawSpeed {
  fileprivate var priced: Retrieval.Speed {
    switch self {
    case .bulk: .bulk
    case .standard: .standard
    case .expedited: .expedited
    }
  }
}
