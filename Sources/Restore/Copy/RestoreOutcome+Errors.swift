internal import S3
internal import Vocabulary

extension RestoreOutcome {
  /// What a refusal of the service means for a version.
  init(_ error: S3Error, of entry: ManifestEntry) {
    if error.isArchived {
      self = .archived(error.archive, .archived)
    } else if error.isPreconditionFailed {
      // Only versions without an id are overwritten; all else is what a copy would have replaced.
      self = .failed(
        entry.versionID == ObjectPage.idOfNone
          ? .overwritten
          : RestoreFailure(.service, "something else was written in its place meanwhile"))
    } else {
      let kind: RestoreFailure.Kind =
        error.isDenied ? .denied : error.isMissing ? .missing : .service
      self = .failed(RestoreFailure(kind, error.description))
    }
  }
}

extension RestoreFailure {
  /// A version without an id is not what it was when it was listed.
  static let overwritten = RestoreFailure(
    .overwritten,
    "the version 'null' was overwritten since it was listed: the bytes that were meant are gone")
}
