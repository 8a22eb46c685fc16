internal import Index
internal import SQLite
internal import System
internal import Vocabulary

/// The index's file: whether it can be used, who can read it, and whether it can grow.
struct DoctorIndex {
  private let path: String
  private let temporaryFolder: String
  private let now: Timestamp
  private let isInterrupted: @Sendable () -> Bool
  private let unit: ByteUnit

  private static let checkSecondsMax = 10
  /// A larger file is not checked: before 3.41 SQLite cannot be stopped while it reads the trees.
  private static let checkedBytesMax: Int64 = 8 << 30
  private static let freeBytesMin: Int64 = 1 << 30

  init(_ context: Context, path: String, temporaryFolder: String) {
    self.path = path
    self.temporaryFolder = temporaryFolder
    now = context.now
    unit = context.options.output.unit
    let interrupt = context.interrupt
    isInterrupted = { interrupt.isInterrupted }
  }

  func examine() -> [DoctorCheck] {
    guard let files = IndexFiles(path: path) else {
      return [placeCheck()] + lockChecks() + spaceChecks(indexBytes: 0)
    }
    var checks = [fileCheck(files), privacyCheck(files)] + lockChecks()
    do {
      let health = try IndexHealth(path: path)
      checks += [schemaCheck(health), soundnessCheck(files), syncCheck(health)]
      checks.append(
        check(
          "buckets", .ok,
          "\(counted(Int64(health.buckets), "bucket")), "
            + "\(health.incompleteBuckets) of them not complete"))
    } catch {
      checks.append(unusable(error))
    }
    return checks + spaceChecks(indexBytes: files.bytes + files.logBytes)
  }

  private func check(
    _ name: String, _ status: DoctorCheck.Status, _ detail: String, help: String? = nil
  ) -> DoctorCheck {
    DoctorCheck(
      .index, name, status, detail, help: help,
      weight: status == .failed ? .needed : .optional)
  }

  private func placeCheck() -> DoctorCheck {
    guard let obstacle = IndexFiles.obstacle(at: path) else {
      return check(
        "file", .skipped, "there is none at \(path) yet", help: "'s3audit sync' makes it")
    }
    return check(
      "file", .failed, "there is none at \(path), and none can be made: \(obstacle)",
      help: "name a file in a folder that you may write with --index")
  }

  private func fileCheck(_ files: IndexFiles) -> DoctorCheck {
    let log = files.logBytes > 0 ? ", and a log of \(unit.text(files.logBytes))" : ""
    let detail = "\(path): \(unit.text(files.bytes))\(log)"
    guard files.isWritable else {
      return check(
        "file", .failed, detail + "; it, or its folder, cannot be written",
        help: "a sync needs the right to write both; queries do not")
    }
    return check("file", .ok, detail)
  }

  /// Only where no sync could lock the index.
  private func lockChecks() -> [DoctorCheck] {
    guard let error = SyncLock.obstacle(indexPath: path) else { return [] }
    return [check("lock", .failed, onOneLine("\(error)"), help: hint(for: error))]
  }

  private func privacyCheck(_ files: IndexFiles) -> DoctorCheck {
    guard files.isOpenToOthers else { return check("privacy", .ok, "only its owner can read it") }
    return check(
      "privacy", .warning, "others can read it, and so the names of buckets and keys",
      help: "chmod go= \(path) \(path)-wal \(path)-shm")
  }

  private func schemaCheck(_ health: IndexHealth) -> DoctorCheck {
    let known = IndexHealth.knownSchemaVersion
    guard health.schemaVersion < known else {
      let views = health.hasViews ? "" : "; the next command that opens it makes its views anew"
      return check("schema", .ok, "version \(health.schemaVersion), the newest\(views)")
    }
    return check(
      "schema", .ok,
      "version \(health.schemaVersion); the next command that opens it makes it version \(known)")
  }

  private func soundnessCheck(_ files: IndexFiles) -> DoctorCheck {
    let name = "integrity"
    let byHand = "s3audit check --index \(path) checks it all"
    guard files.bytes <= Self.checkedBytesMax else {
      return check(
        name, .skipped, "not checked: it would take long for \(unit.text(files.bytes))",
        help: byHand)
    }
    let deadline = ContinuousClock.now + .seconds(Self.checkSecondsMax)
    do {
      let soundness = try IndexHealth.quickCheck(path: path) {
        [isInterrupted] in isInterrupted() || ContinuousClock.now >= deadline
      }
      switch soundness {
      case .sound: return check(name, .ok, "SQLite finds no damage")
      case .unfinished:
        return check(
          name, .ok, "SQLite found no damage in \(Self.checkSecondsMax) s, not having read it all",
          help: byHand)
      case .damaged(let findings):
        return unusable(
          IndexError.damaged(path: path, reason: findings.joined(separator: "; ")), name: name)
      }
    } catch {
      return unusable(error, name: name)
    }
  }

  private func unusable(_ error: any Error, name: String = "schema") -> DoctorCheck {
    if case IndexError.missing = error {
      return check(
        "schema", .ok, "the file is empty, as after a sync that was killed while it made it",
        help: "'s3audit sync' fills it")
    }
    if let error = error as? SQLiteError, error.isUnfinishedTransaction {
      return check(
        "schema", .warning, "a process that was killed left an unfinished change",
        help: "the next sync takes it back")
    }
    return check(name, .failed, onOneLine("\(error)"), help: hint(for: error))
  }

  private func syncCheck(_ health: IndexHealth) -> DoctorCheck {
    guard let last = health.lastSync else { return check("sync", .ok, "there was none yet") }
    let end = last.finishedAt ?? last.startedAt
    let age = ageText(now.millisecondsSinceEpoch.minus(end.millisecondsSinceEpoch))
    switch last.state {
    case .complete: return check("sync", .ok, "the last one was complete \(age) ago")
    case .running:
      guard case .process(let pid) = SyncLock.holder(indexPath: path) else {
        return check(
          "sync", .warning, "the last one, begun \(age) ago, was killed",
          help: "run 's3audit sync' again: it goes on from there")
      }
      return check(
        "sync", .ok, "one runs\(pid.map { " as process \($0)" } ?? ""), begun \(age) ago")
    case .partial:
      return check(
        "sync", .warning, "the last one, \(age) ago, did not complete every bucket",
        help: "'s3audit query buckets' says which, and why")
    case .interrupted, .failed:
      return check(
        "sync", .warning,
        "the last one \(last.state == .failed ? "failed" : "was interrupted") "
          + "\(age) ago", help: "run 's3audit sync' again: it goes on from there")
    }
  }

  // MARK: - Space

  private func spaceChecks(indexBytes: Int64) -> [DoctorCheck] {
    [
      spaceCheck("disk space", at: path, least: max(Self.freeBytesMin, indexBytes / 5)),
      spaceCheck(
        "temporary space", at: temporaryFolder, least: Self.freeBytesMin,
        use: ", where 'list --sorted' keeps its rows"),
    ]
  }

  private func spaceCheck(
    _ name: String, at place: String, least: Int64, use: String = ""
  ) -> DoctorCheck {
    guard let free = DiskSpace.free(at: place) else {
      return check(name, .skipped, "nobody says how much is free at \(place)")
    }
    guard free < least else {
      return check(name, .ok, "\(unit.text(free)) are free at \(place)\(use)")
    }
    return check(
      name, .warning, "only \(unit.text(free)) are free at \(place)\(use)",
      help: "keep \(unit.text(least)) free, or name another place with "
        + (use.isEmpty ? "--index" : "TMPDIR"))
  }
}
