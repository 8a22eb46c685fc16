import Vocabulary

extension ObjectOperations {
  /// RestoreObject: 202 where a thaw begins, 200 where the version is there already.
  func restore(in contents: inout BucketContents) throws(S3Error) -> Answer {
    guard dialect != .rgw, dialect != .rclone else { throw .notImplemented }
    let found = try find(in: contents)
    guard let archive = contents.archive(of: found) else {
      var error = S3Error(
        .invalidObjectState, "Restore is not allowed for the object's current storage class")
      error.details = [
        ("StorageClass", ObjectModel.storageClasses[found.record.storageClass])
      ]
      throw error
    }
    let asked = try RestoreBody(request.body, archive: archive)
    if asked.tier == .expedited, !options.thaw.hasExpedited {
      throw S3Error(
        .glacierExpeditedRetrievalNotAvailable,
        "Glacier expedited retrievals are currently not available, please try again later")
    }
    let place = contents.place(of: found)
    var status = 202
    if var running = contents.thaw(at: place, now) {
      if running.isReady(at: now) {
        status = 200
        running.days = asked.days
        running.daysFrom = now
        contents.thaws[place] = running
        return Answer(status: status, body: ByteBuffer())
      }
      // A running one may be asked to be quicker, and nothing else.
      guard asked.tier.speed > running.tier.speed else {
        throw S3Error(.restoreAlreadyInProgress, "Object restore is already in progress")
      }
      running.tier = asked.tier
      contents.thaws[place] = running
    } else {
      let end = now.millisecondsSinceEpoch + Int64(options.thaw.seconds) * 1_000
      contents.thaws[place] = Thaw(
        tier: asked.tier, days: asked.days, readyAt: Timestamp(millisecondsSinceEpoch: end),
        looksLeft: options.thaw.looks, daysFrom: now)
    }
    return Answer(status: status, body: ByteBuffer())
  }
}

/// The body of RestoreObject.
struct RestoreBody {
  let days: Int?
  let tier: Thaw.Tier

  init(_ body: [UInt8], archive: Archive) throws(S3Error) {
    let text = String(decoding: body, as: UTF8.self)
    guard text.contains("<RestoreRequest") else { throw .malformedXML }
    if let name = text.elements("Tier").first {
      guard let tier = Thaw.Tier(rawValue: String(name)) else { throw .malformedXML }
      self.tier = tier
    } else {
      tier = .standard
    }
    if tier == .expedited, archive.isDeep {
      throw S3Error(
        .invalidArgument, "Retrieval option is not supported by this storage class")
    }
    guard let count = text.elements("Days").first else {
      guard archive.tier != nil else { throw .malformedXML }
      days = nil
      return
    }
    guard archive.tier == nil else {
      throw S3Error(
        .invalidArgument, "Days element is not allowed for restores from INTELLIGENT_TIERING")
    }
    guard let number = Int(count) else { throw .malformedXML }
    guard number >= 1 else {
      throw S3Error(.invalidArgument, "restoration days should be at least 1")
    }
    days = number
  }
}
