import Vocabulary

// What of a bucket is archived, and how far it is thawed.

extension ObjectModel {
  /// The archive that a version of a slot is in, whether it is thawed or not.
  func archive(of number: WriteNumber, slot: Int, storageClass: Int) -> Archive? {
    switch Self.storageClasses[storageClass] {
    case "GLACIER": return .glacier
    case "DEEP_ARCHIVE": return .deepArchive
    case "INTELLIGENT_TIERING":
      // What requests put is in the frequent tier.
      guard objects.thaw.archivedTieringPercent > 0, number.isOfSeed else { return nil }
      let random = mixed(UInt64(truncatingIfNeeded: slot) ^ number.rawValue << 17 ^ 0x7469_6572)
      guard random >> 32 < share(objects.thaw.archivedTieringPercent) else { return nil }
      return random & 1 == 0 ? .archiveAccess : .deepArchiveAccess
    default: return nil
    }
  }
}

extension BucketContents {
  func archive(of found: FoundVersion) -> Archive? {
    bucket.model.archive(
      of: found.entry.number, slot: keys.slot(at: found.index),
      storageClass: found.record.storageClass)
  }

  func place(of found: FoundVersion) -> VersionPlace {
    VersionPlace(slot: keys.slot(at: found.index), number: found.entry.number)
  }

  /// The thaw of a version, on its way or done; nil when there is none, or its days are over.
  func thaw(at place: VersionPlace, _ now: Timestamp) -> Thaw? {
    guard let thaw = thaws[place] else { return nil }
    if let expires = thaw.expires, thaw.isReady(at: now), now >= expires { return nil }
    return thaw
  }

  /// Refuses a version that is archived and not thawed.
  func checkIsReadable(_ found: FoundVersion, at now: Timestamp) throws(S3Error) {
    guard let archive = archive(of: found),
      thaw(at: place(of: found), now)?.isReady(at: now) != true
    else { return }
    var error = S3Error(
      .invalidObjectState, "The operation is not valid for the object's storage class")
    error.details = [
      ("StorageClass", ObjectModel.storageClasses[found.record.storageClass])
    ]
    if let tier = archive.tier { error.details.append(("AccessTier", tier)) }
    throw error
  }

  /// x-amz-restore and x-amz-archive-status.
  func archiveHeaders(
    of found: FoundVersion, at now: Timestamp
  ) -> [(name: String, value: String)] {
    guard let archive = archive(of: found) else { return [] }
    let thaw = thaw(at: place(of: found), now)
    var fields: [(name: String, value: String)] = []
    if let tier = archive.tier, thaw?.isReady(at: now) != true {
      fields.append(("x-amz-archive-status", tier))
    }
    if let thaw {
      if !thaw.isReady(at: now) {
        fields.append(("x-amz-restore", "ongoing-request=\"true\""))
      } else if let expires = thaw.expires {
        fields.append(
          ("x-amz-restore", "ongoing-request=\"false\", expiry-date=\"\(expires.httpDate)\""))
      }
    }
    return fields
  }

  /// RestoreStatus of a listing; empty for a version that nobody has asked to thaw.
  func restoreStatus(slot: Int, _ number: WriteNumber, at now: Timestamp) -> String {
    guard let thaw = thaw(at: VersionPlace(slot: slot, number: number), now) else { return "" }
    guard thaw.isReady(at: now) else {
      return "<RestoreStatus><IsRestoreInProgress>true</IsRestoreInProgress></RestoreStatus>"
    }
    guard let expires = thaw.expires else { return "" }
    return "<RestoreStatus><IsRestoreInProgress>false</IsRestoreInProgress><RestoreExpiryDate>"
      + "\(expires.withMilliseconds)</RestoreExpiryDate></RestoreStatus>"
  }

  /// The same for what a plain listing shows of a key.
  func restoreStatus(at index: Int, _ now: Timestamp) -> String {
    guard !thaws.isEmpty else { return "" }
    var history = history(at: index)
    return history.next().map {
      restoreStatus(slot: keys.slot(at: index), $0.number, at: now)
    } ?? ""
  }

  /// Somebody has looked at one version, or in a listing at all of them.
  mutating func look(at place: VersionPlace?) {
    for found in place.map({ [$0] }) ?? Array(thaws.keys) { thaws[found]?.looksLeft -= 1 }
  }
}
