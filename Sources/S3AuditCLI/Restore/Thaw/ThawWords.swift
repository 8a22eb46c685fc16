internal import Restore
internal import S3
internal import Vocabulary

/// What is said of archived versions while a restore runs, and at its end.
enum ThawWords {
  /// Why a version was not restored; nil for those that only have to be waited for.
  static func reason(_ archive: Archive?, _ state: ThawState) -> String? {
    let place = archive.map { " in \($0.words)" } ?? ""
    return switch state {
    case .underWay, .begun: nil
    case .archived: "not restored: it is archived\(place)"
    case .tooFast: "not restored: nothing comes back by expedited from \(archive?.words ?? "there")"
    case .noRoom:
      "not restored: the service has no room for expedited retrievals now (\(S3Error.noRoomCode))"
    case .refused(let words): "not restored: \(words)"
    }
  }

  /// Lines of the closing table; those that are ready are among the restored ones, if all went well.
  static func rows(_ counts: RestoreCounts, _ plan: ThawPlan?) -> [(String, Int64)] {
    let ready = plan?.ready.reduce(0) { $0 + $1.versions } ?? 0
    return [
      ("archived", counts.archived), ("asked to come back", counts.thawBegun),
      ("on the way back", counts.thawUnderWay), ("back from an archive", ready),
    ]
  }

  /// Until when what is back can be read; nil when nothing is.
  static func note(_ plan: ThawPlan?) -> String? {
    plan?.readyUntil.map { "What is back from archives can be read until \($0.iso8601)." }
  }

  /// `within 12 hours`, `within 5 minutes`, `any time now`.
  static func time(minutes: Int) -> String {
    switch minutes {
    case ...0: "any time now"
    case ...90: "within \(counted(Int64(minutes), "minute"))"
    default: "within \((minutes + 59) / 60) hours"
    }
  }

  /// How to go on, a line each; none when nothing is archived.
  static func help(
    _ counts: RestoreCounts, _ arguments: ThawArguments, _ plan: ThawPlan?, now: Timestamp
  ) -> [String] {
    var lines: [String] = []
    if counts.archived > 0 {
      let archived = counted(counts.archived, "version")
      let way =
        switch arguments.speed {
        case nil:
          ": add --thaw bulk, standard or expedited to have them brought back; --dry-run with it shows how "
            + "long it takes and what it costs"
        case .expedited: " still: use --thaw standard or bulk for them"
        case .bulk, .standard: " still: run the same command again"
        }
      lines.append("\(archived) archived\(way)")
    }
    let waiting = counts.thawBegun + counts.thawUnderWay
    if waiting > 0 {
      let time = plan?.minutesLeft(now: now).map { ", \(Self.time(minutes: $0))" } ?? ""
      lines.append(
        "\(counted(waiting, "version")) on the way back\(time): run the same command again then; it "
          + "restores what is ready, and neither fetches nor pays for anything twice")
    }
    return lines
  }
}

extension RestoreOutcome {
  /// Whether a version is archived: another try may have it.
  var isAwaited: Bool {
    if case .archived = self { return true }
    return false
  }
}
