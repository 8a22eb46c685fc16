import Vocabulary

/// What a bucket holds at a moment: a value that a page is made from while the bucket goes on.
///
/// Costs no memory but for what requests have written.
struct BucketContents: Sendable {
  let bucket: SimulatedBucket
  var night: Int
  var keys: BucketKeys
  var versioning: VersioningLog
  var uploads: UploadLedger
  /// By slot.
  private var writes: [Int: KeyWrites] = [:]
  /// What requests have put, by the number of the write.
  private var stored: [WriteNumber: ObjectRecord] = [:]
  var thaws: [VersionPlace: Thaw] = [:]
  var tags: [VersionPlace: [ObjectHead.Tag]] = [:]
  /// Requests that have written, and keys that they made.
  private var requests = 0
  private var keysMade = 0

  init(of bucket: SimulatedBucket, night: Int) {
    self.bucket = bucket
    self.night = night
    keys = bucket.keys
    versioning = VersioningLog(bucket.model.start.versioning)
    uploads = UploadLedger(bucket.uploads)
  }

  /// What a plain listing shows of a key; nil for a deleted one, or a spare slot.
  @inline(__always)
  func current(at index: Int) -> ObjectModel.Attributes? {
    let slot = keys.slot(at: index)
    // The newest entry of a key that no request has touched is what the model says.
    if writes.isEmpty || writes[slot] == nil {
      return ObjectModel.isWritten(slot)
        ? nil : bucket.model.attributes(slot: slot, night: night)
    }
    var history = history(ofSlot: slot)
    return history.next()?.attributes
  }

  /// Every version and delete marker of a key, newest first.
  func history(at index: Int) -> KeyHistory { history(ofSlot: keys.slot(at: index)) }

  private func history(ofSlot slot: Int) -> KeyHistory {
    KeyHistory(
      slot: slot, night: night, model: bucket.model, versioning: versioning, writes: writes[slot])
  }

  /// The entry of a key that has this id; nil when there is none now.
  func entry(at index: Int, id: [UInt8]) -> VersionRecord? {
    var history = history(at: index)
    if id.elementsEqual("null".utf8) {
      while let entry = history.next() { if entry.isNull { return entry } }
      return nil
    }
    guard let number = number(ofID: id, at: index) else { return nil }
    // From the write before, so that a deep key is not walked through.
    history.skip(through: WriteNumber(rawValue: number.rawValue + 1))
    return history.next().flatMap { $0.number == number && !$0.isNull ? $0 : nil }
  }

  /// Which write of a key an id means, whether it is still there or not; nil for others' ids.
  func number(ofID id: [UInt8], at index: Int) -> WriteNumber? {
    let owner = bucket.model.owner(ofSlot: keys.slot(at: index))
    return OpaqueID.number(id, of: owner).map { WriteNumber(rawValue: $0) }
  }

  /// The id of a version.
  func id(of entry: VersionRecord, at index: Int) -> [UInt8] {
    guard !entry.isNull else { return Array("null".utf8) }
    return OpaqueID.text(
      entry.number.rawValue, of: bucket.model.owner(ofSlot: keys.slot(at: index)))
  }
}

extension BucketContents {
  /// All there is to a version; nil for a delete marker.
  func record(of entry: VersionRecord) -> ObjectRecord? {
    stored[entry.number] ?? entry.attributes.map { bucket.model.record(of: $0) }
  }

  /// Puts an object with its bytes and tags.
  mutating func put(
    _ key: Key, _ record: ObjectRecord, _ tags: [ObjectHead.Tag]?, at time: Timestamp, asMoto: Bool
  ) -> WrittenVersion {
    let written = put(
      key, ObjectModel.Attributes(of: record, lastModified: time), asMoto: asMoto)
    stored[written.number] = record
    if let tags, !tags.isEmpty, let index = keys.index(of: key) {
      self.tags[VersionPlace(slot: keys.slot(at: index), number: written.number)] = tags
    }
    return written
  }
}

/// What a request has written: the id it answers with, none for `null` without versioning.
struct WrittenVersion {
  var number: WriteNumber
  var id: [UInt8]
  var isNull: Bool
  var isMarker: Bool
}

extension BucketContents {
  /// Puts an object: the current version becomes noncurrent, or is written over where it is `null`
  /// and would not be kept.
  ///
  /// moto destroys all other versions when versioning is suspended.
  mutating func put(
    _ key: Key, _ attributes: ObjectModel.Attributes, asMoto: Bool
  ) -> WrittenVersion {
    let index = indexOrNew(key)
    if asMoto, versioning.current == .suspended { removeAll(at: index) }
    return write(.put(attributes), at: index, time: attributes.lastModified)
  }

  /// Deletes an object: makes a marker, or removes the object where nothing is kept.
  ///
  /// moto makes no marker for a key without versions, and destroys all of them when versioning is
  /// suspended. Nil when no marker was made.
  mutating func delete(_ key: Key, at time: Timestamp, asMoto: Bool) -> WrittenVersion? {
    let index = keys.index(of: key)
    guard versioning.current != .none else {
      if let index { _ = write(.removal, at: index, time: time) }
      return nil
    }
    if asMoto {
      guard let index, hasEntries(at: index) else { return nil }
      guard versioning.current == .enabled else {
        removeAll(at: index)
        return nil
      }
    }
    return write(.marker, at: indexOrNew(key), time: time)
  }

  /// Whether a key has any version or delete marker.
  func hasEntries(at index: Int) -> Bool {
    var history = history(at: index)
    return history.next() != nil
  }

  /// Deletes one version for good; nil when there is none of that id.
  mutating func deleteVersion(_ id: [UInt8], of key: Key) -> WrittenVersion? {
    guard let index = keys.index(of: key), let entry = entry(at: index, id: id) else { return nil }
    remove(entry.number, at: index)
    return WrittenVersion(
      number: entry.number, id: id, isNull: entry.isNull, isMarker: entry.attributes == nil)
  }

  mutating func remove(_ number: WriteNumber, at index: Int) {
    writes[keys.slot(at: index), default: KeyWrites()].removed.insert(number)
    stored[number] = nil
  }

  private mutating func removeAll(at index: Int) {
    var history = history(at: index)
    while let entry = history.next() { remove(entry.number, at: index) }
  }

  private mutating func write(
    _ kind: KeyWrites.Write.Kind, at index: Int, time: Timestamp
  ) -> WrittenVersion {
    requests += 1
    let slot = keys.slot(at: index)
    let number = WriteNumber.request(requests, inNight: night)
    let isNull = versioning.current != .enabled
    writes[slot, default: KeyWrites()].writes.append(
      KeyWrites.Write(number: number, kind: kind, isNull: isNull, time: time))
    let entry = VersionRecord(number: number, isNull: isNull, attributes: nil, lastModified: time)
    var isMarker = false
    if case .marker = kind { isMarker = true }
    return WrittenVersion(
      number: number, id: id(of: entry, at: index), isNull: isNull, isMarker: isMarker)
  }

  /// The index of a key, which is added when it is not there.
  mutating func indexOrNew(_ key: Key) -> Int {
    if let index = keys.index(of: key) { return index }
    // A spare slot, which has nothing in night 0, of a range that no night strikes.
    keys.add(key, slot: ObjectModel.firstWrittenSlot + 16 * keysMade + 7)
    keysMade += 1
    return keys.firstIndex(atOrAfter: key)
  }
}
