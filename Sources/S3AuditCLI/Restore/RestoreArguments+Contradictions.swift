internal import Arguments
internal import Restore

// What means nothing together is refused, so that no option is without effect unnoticed. Those that concern
// writing alone may stand beside `--check` and `--dry-run`: these are for trying the very same command.

extension RestoreArguments {
  /// Refuses options that exclude each other, or lack the one that they are about.
  func check() throws(UsageError) {
    if options.isCheck, deletes || isDryRun {
      throw .excluding("--check", deletes ? "--delete" : "--dry-run")
    }
    if options.isCheck, thaw.speed != nil {
      throw UsageError("'--check' only compares, and '--thaw' brings back.", hint: "leave out one")
    }
    if thaw.days != nil, thaw.speed == nil {
      throw UsageError(
        "'--days' is about versions that '--thaw' brings back.", hint: "add --thaw bulk")
    }
    if deletesForeign, !deletes {
      throw UsageError(
        "The option '--delete-foreign' is only for '--delete'.",
        hint: "add --delete, or leave it out")
    }
    if isAgreed, !deletes, thaw.speed == nil {
      throw UsageError(
        "The option '--yes' is only for '--delete' and '--thaw'.",
        hint: "add one of them, or leave it out")
    }
  }

  /// Refuses what means nothing for this source or that target.
  func check(for source: RestoreSource, _ target: RestoreTarget) throws(UsageError) {
    switch source {
    case .manifest:
      guard !keepsPrefix else {
        throw UsageError(
          "'--keep-prefix' is about the prefix of '--as-of'.",
          hint: "a manifest's keys are kept whole")
      }
    case .moment:
      guard quote == nil else {
        throw UsageError(
          "'--manifest-quote' is about a manifest, and '--as-of' needs none.", hint: "leave it out")
      }
    }
    switch target {
    case .bucket:
      guard !deletesForeign else {
        throw UsageError(
          "The option '--delete-foreign' is only for folders.",
          hint: "leave it out: what a bucket holds can be had back")
      }
      if let option = fileOptions.first {
        throw UsageError(
          "The option '\(option)' is only for folders.",
          hint: "leave it out: the service copies, and no file is written here")
      }
    case .folder:
      if let option = copyOption {
        throw UsageError(
          "The option '\(option)' is only for buckets.",
          hint: "name a bucket to restore into as s3://BUCKET/PREFIX, or leave the option out")
      }
    }
  }

  /// The first option that was given and is for buckets alone.
  private var copyOption: String? {
    if copies.storageClass != nil { return "--storage-class" }
    if !copies.takesTags { return "--no-tags" }
    if copies.partBytes != nil { return "--copy-part-size" }
    return copies.allowsPermanent ? "--allow-permanent" : nil
  }
}

extension UsageError {
  fileprivate static func excluding(_ one: String, _ other: String) -> UsageError {
    UsageError(
      "The options '\(one)' and '\(other)' exclude each other.", hint: "leave one of them out")
  }
}
