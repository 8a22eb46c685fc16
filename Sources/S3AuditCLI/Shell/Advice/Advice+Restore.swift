internal import Restore
internal import Vocabulary

/// Kinds of things that can go wrong with a key, each of which has one way out.
enum RestoreTrouble: Equatable, Sendable {
  case noPath, sameName, inTheWay, different, longTargetKey, customerKey
  case failed(RestoreFailure.Kind)

  /// Nil for a key that is there.
  init?(_ outcome: RestoreOutcome) {
    switch outcome {
    // How archived ones come back is said of all of them together.
    case .skipped, .folder, .restored, .found, .archived: return nil
    case .refused(.sameNameAs): self = .sameName
    case .refused(.inTheWay): self = .inTheWay
    case .refused(.longTargetKey): self = .longTargetKey
    case .refused(.customerKey): self = .customerKey
    case .refused: self = .noPath
    case .failed(let failure):
      self =
        failure.kind == .missingFile || failure.kind == .differentFile
        ? .different : .failed(failure.kind)
    }
  }

  /// What a person can do about all keys of the kind.
  ///
  /// `deletion` is nil where nothing was to be deleted.
  func hint(bucket: String?, deletion: DeletionOutcome?) -> String {
    switch self {
    case .noPath:
      "a key that no file can have can be restored into a bucket: name s3://BUCKET/PREFIX as the target"
    case .longTargetKey: "restore them below a shorter prefix of the target"
    case .customerKey: "copy them by a program that is given the key"
    case .sameName: "restore them into a folder whose file system tells such names apart"
    case .inTheWay:
      switch deletion {
      case nil: "move away what is in the way, or let --delete remove what is not wanted"
      case .done: "move away what is in the way: it is a folder of another disk, or no file"
      case .kept: "move away what is in the way: as nothing was deleted, it is still there"
      }
    case .different: "the same command without --check restores what is missing or different"
    case .failed(let kind): hint(for: kind, bucket: bucket)
    }
  }

  private func hint(for kind: RestoreFailure.Kind, bucket: String?) -> String {
    switch kind {
    case .service: "run the same command again: what is there is not fetched again"
    case .denied:
      "see what is missing: s3audit doctor --policy restore --bucket "
        + (bucket ?? "BUCKET").escapingControls()
    case .missing: "versions that were deleted are gone; a new manifest has those that are there"
    case .overwritten:
      "what was overwritten is gone; a new manifest has the versions that are there now"
    case .otherBytes: "run the same command again; if it stays so, the object itself is damaged"
    case .unverified: "without --require-verified they are taken as they come"
    case .disk: "check who may write to the folder, and its disk; the same command goes on"
    case .lostFolder: "run the same command again while nobody moves folders in it"
    case .missingFile, .differentFile: "the same command without --check restores them"
    }
  }
}

extension DeletionOutcome.Reason {
  /// Why nothing was deleted, and what to do; nil where it was said already.
  var text: String? {
    switch self {
    case .nothingWanted:
      """
      Error: nothing was deleted: nothing is wanted, and so everything would go
      Help:  delete the folder yourself if it is to be empty

      """
    case .troubles:
      """
      Error: nothing was deleted, because some keys are not there
      Help:  when all of them can be restored, or are left out with --ignore, the same command deletes

      """
    case .foreignFolder:
      """
      Error: nothing was deleted: no restore made this folder, or found it empty
      Help:  if all in it that is not wanted may go, add --delete-foreign; --dry-run shows it

      """
    case .notConfirmed: nil
    }
  }
}
