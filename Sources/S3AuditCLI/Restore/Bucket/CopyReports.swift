internal import Report
internal import Restore
internal import S3
internal import Synchronization
internal import Vocabulary

// What happens in a restore into a bucket, as reports tell it.

extension RestoreReport {
  /// What is not there in the end is told at once; so is what is left alone.
  func tell(_ event: CopyEvent) {
    switch event {
    case .settled(let entry, let outcome): tell(entry, outcome)
    case .planned: break
    case .marked(_, nil): state.withLock { $0.counts.markers += 1 }
    case .marked(let object, let failure?):
      state.withLock { $0.counts.failed += 1 }
      say(
        "Error: \(object.key.text.escapingControls()): not deleted: \(failure.description)\n")
    case .unmarked(let reason):
      state.withLock { $0.counts.isUnmarked = true }
      if let words = reason.words {
        say("Error: \(words.message)\nHelp:  \(words.hint)\n")
      }
    }
  }

  /// Whether everything is as it was asked for.
  var isWhole: Bool { state.withLock { $0.counts.isWhole } }
}

extension RehearsalReport {
  private static let kinds = ["refuse", "archived", "fail"]

  /// Tells what a restore into a bucket would do.
  convenience init(ofCopies context: Context, ignored: Int64) {
    let actions: [CopyAction] = [.copy, .partedCopy, .marker, .nothing]
    self.init(
      context, actions: actions.map(\.rawValue) + Self.kinds,
      idleAction: CopyAction.nothing.rawValue, ignored: ignored)
  }

  func note(_ event: CopyEvent) {
    func row(_ action: String, _ entry: ManifestEntry, _ reason: String?) -> Row {
      Row(
        action: action, bytes: entry.size, key: entry.key, versionID: entry.versionID,
        reason: reason)
    }
    switch event {
    case .planned(let action, let target, let versionID, let bytes):
      note(
        Row(action: action.rawValue, bytes: bytes, key: target.key, versionID: versionID))
    case .settled(let entry, .refused(let refusal)): note(row("refuse", entry, refusal.words))
    case .settled(let entry, .archived): note(row("archived", entry, nil))
    case .settled(let entry, .failed(let failure)):
      note(row("fail", entry, failure.description))
    case .settled, .marked, .unmarked: break
    }
  }
}
