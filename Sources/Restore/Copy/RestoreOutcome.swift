package import S3

/// What became of one key.
package enum RestoreOutcome: Sendable {
  /// Its file, of so many bytes, was right already, and not read; the service was asked for no more than an
  /// ETag.
  case skipped(bytes: Int64)
  /// It is a folder, which is there now.
  case folder
  /// Its bytes came; `check` names what they were compared with, nil where nothing could tell.
  case restored(bytes: Int64, check: String?)
  /// Its file was read and found right; nothing came.
  case found(bytes: Int64, check: String?)
  case refused(KeyRefusal)
  /// It has to be brought back from an archive first; nil where the archive is not known.
  case archived(Archive?, ThawState)
  case failed(RestoreFailure)
}

/// Why a key could not be restored, or is not what it should be.
package struct RestoreFailure: Error, Sendable, CustomStringConvertible {
  package enum Kind: Sendable {
    /// The service failed.
    case service
    /// The service refused it to these credentials.
    case denied
    /// The service has no such version any more.
    case missing
    /// Another object was written over the `null` version that was meant.
    case overwritten
    /// The bytes that came are not those that the service knows.
    case otherBytes
    /// Nothing tells whether the bytes are right, and that was asked for.
    case unverified
    /// The local disk.
    case disk
    /// Its folder was moved, replaced or removed while it was restored.
    case lostFolder
    /// With nothing but comparing: there is no such file, or it has other bytes.
    case missingFile, differentFile
  }

  package let kind: Kind
  package let description: String

  init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }

  static let lostFolder = RestoreFailure(
    .lostFolder, "its folder was moved, replaced or removed while it was restored")
}

/// When files are put on the disk for good.
package enum FlushPolicy: String, CaseIterable, Sendable {
  /// Many together, every 64 MiB or five seconds, and at the end.
  case batch
  /// Each one before it gets its name.
  case file
  /// When the system does it.
  case none
}

/// Which time a restored file gets as that of its last change.
package enum FileTime: String, CaseIterable, Sendable {
  /// When the object was written, as the service has it.
  case object
  /// When the file was changed that was uploaded, where the program that did it wrote that down; else the
  /// object's.
  case metadata
}

package struct RestoreOptions: Sendable {
  package var concurrency = 32
  package var time = FileTime.object
  package var flush = FlushPolicy.batch
  /// Whether an object that nothing can vouch for fails.
  package var requiresVerified = false
  /// Whether files are only compared.
  package var isCheck = false
  /// Objects of so many bytes are fetched in ranges, side by side.
  package var rangedSizeMin: Int64 = 32 << 20
  package var rangeBytes: Int64 = 8 << 20
  /// Ranges of one object that are fetched at once.
  package var rangesAtOnce = 8

  package init() {}
}
