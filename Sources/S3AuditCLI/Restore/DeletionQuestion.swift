internal import Restore
internal import Vocabulary

/// What is said before something is deleted, and asked where most of it goes: a wrong list, or a wrong target,
/// looks like that.
struct DeletionQuestion {
  /// Such as `Deleting from /srv/photos, as not wanted: 2 files (3 B)`.
  private let announcement: String
  private let isMost: Bool
  /// What is left: `12 files`.
  private let stays: String
  private let question: String

  /// About the files of a folder.
  init(folder path: String, _ surplus: Surplus, unit: ByteUnit) {
    let folders = surplus.folders > 0 ? " and \(counted(surplus.folders, "folder"))" : ""
    announcement =
      "Deleting from \(path.escapingControls()), as not wanted: "
      + "\(counted(surplus.files, "file")) (\(unit.text(surplus.bytes)))\(folders)"
    isMost = surplus.isMost
    stays = counted(surplus.filesKept, "file")
    question = "Delete them?"
  }

  /// About the keys of a bucket; where it may keep no versions, they are gone for good.
  init(target: CopyTarget, _ count: MarkerCount, mayBePermanent: Bool, unit: ByteUnit) {
    let place = "s3://\(target.bucket)/\(target.prefix.text)".escapingControls()
    announcement =
      "Deleting below \(place), as not wanted: \(counted(count.keys, "key")) "
      + "(\(unit.text(count.bytes))) of \(groupedDecimal(count.current))"
    let kept = count.current - count.keys
    isMost = count.keys > kept
    stays = counted(kept, "key")
    question =
      mayBePermanent
      ? "Delete them, for good where versioning is not enabled?" : "Put delete markers over them?"
  }

  /// Says what goes, and asks where it is most; false where it may not go, which was said then.
  ///
  /// - Throws: `CancellationError` when the user interrupts instead.
  func isAgreed(
    _ context: Context, _ arguments: RestoreArguments, _ display: LiveDisplay<RestoreSample>
  ) throws -> Bool {
    if !context.options.output.isQuiet || isMost { display.say(announcement + "\n") }
    guard isMost, !arguments.isAgreed else { return true }
    guard Confirmation.isPossible else {
      // Scripts cannot be asked.
      display.say(
        """
        Error: nothing was deleted: more would go than stays, \(stays)
        Help:  look at what would go with --dry-run, then agree with --yes

        """)
      return false
    }
    let isAgreed = try display.pausing {
      try Confirmation.ask("That is more than stays: \(stays). \(question)") {
        context.interrupt.isInterrupted
      }
    }
    if !isAgreed { display.say("Nothing was deleted.\n") }
    return isAgreed
  }
}
