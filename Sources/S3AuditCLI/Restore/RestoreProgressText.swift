internal import AWS
internal import Report
internal import Restore
internal import S3
internal import Vocabulary

/// How far a restore was at one moment.
struct RestoreSample: Equatable, Sendable {
  var snapshot: RestoreProgress.Snapshot
  var retries: Int64
  /// Since the restore began.
  var milliseconds: Int64
}

extension LiveDisplay<RestoreSample> {
  static func ofRestore(
    _ context: Context, _ asked: ProgressMode, _ progress: RestoreProgress, _ client: S3Client
  ) -> LiveDisplay {
    let (start, unit) = (context.now, context.options.output.unit)
    return LiveDisplay(
      context, asked,
      words: Words(
        total: { RestoreProgressText.total($0, since: $1, unit: unit) },
        lines: { sample, earlier, columns, _ in
          [
            String(
              RestoreProgressText.total(sample, since: earlier, unit: unit).prefix(columns - 1))
          ]
        }, milliseconds: { $0.milliseconds })
    ) {
      RestoreSample(
        snapshot: progress.snapshot, retries: client.counts.retries,
        milliseconds: systemTime().millisecondsSinceEpoch - start.millisecondsSinceEpoch)
    }
  }
}

/// The words of a restore's progress: pure functions of samples.
enum RestoreProgressText {
  /// One line, such as `120/900 files  1.5 MiB of 12.0 MiB (12 %)  3.2 MiB/s  0 retries  ETA 4 s`.
  static func total(_ sample: RestoreSample, since earlier: RestoreSample?, unit: ByteUnit)
    -> String
  {
    let now = sample.snapshot
    let files =
      now.keys.map { "\(groupedDecimal(now.keysDone))/\(counted($0, "file"))" }
      ?? counted(now.keysDone, "file")
    let milliseconds = max(1, sample.milliseconds - (earlier?.milliseconds ?? 0))
    func rate(_ path: KeyPath<RestoreProgress.Snapshot, Int64>) -> Int64 {
      let came = now[keyPath: path] - (earlier?.snapshot[keyPath: path] ?? 0)
      return max(0, came).times(1_000) / milliseconds
    }
    var parts = [
      files, bytes(now, unit), "\(unit.text(rate(\.bytesFetched)))/s",
      counted(sample.retries, "retry", plural: "retries"),
    ]
    if now.keysInTrouble > 0 { parts.append("\(groupedDecimal(now.keysInTrouble)) not restored") }
    if let left = left(now, keys: rate(\.keysDone), bytes: rate(\.bytesDone)) {
      parts.append("ETA \(ageText(left))")
    }
    return parts.joined(separator: "  ")
  }

  private static func bytes(_ now: RestoreProgress.Snapshot, _ unit: ByteUnit) -> String {
    guard let all = now.bytes, all > 0, now.bytesDone <= all else {
      return unit.text(now.bytesDone)
    }
    let percent = min(99, now.bytesDone.times(100) / all)
    return "\(unit.text(now.bytesDone)) of \(unit.text(all)) (\(percent) %)"
  }

  /// Milliseconds that are left at this pace: of bytes, where all sizes are known, else of keys.
  private static func left(
    _ now: RestoreProgress.Snapshot, keys keysPerSecond: Int64, bytes bytesPerSecond: Int64
  ) -> Int64? {
    if let all = now.bytes, all > now.bytesDone, bytesPerSecond > 0 {
      return (all - now.bytesDone).times(1_000) / bytesPerSecond
    }
    guard let all = now.keys, all > now.keysDone, keysPerSecond > 0 else { return nil }
    return (all - now.keysDone).times(1_000) / keysPerSecond
  }
}
