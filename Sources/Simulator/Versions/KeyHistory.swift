import Vocabulary

/// A version or a delete marker of a key.
struct VersionRecord {
  var number: WriteNumber
  /// Whether its id is `null`.
  var isNull: Bool
  /// Nil for a delete marker.
  var attributes: ObjectModel.Attributes?
  var lastModified: Timestamp
}

/// What requests did to a key, for its history.
struct KeyWrites: Sendable {
  struct Write: Sendable {
    enum Kind: Sendable {
      case put(ObjectModel.Attributes)
      case marker
      /// Nothing is left of version `null`, and no marker in its place: a delete without versioning.
      case removal
    }

    var number: WriteNumber
    var kind: Kind
    var isNull: Bool
    var time: Timestamp
  }

  /// Oldest first.
  var writes: [Write] = []
  /// Versions that were deleted by their ids.
  var removed: Set<WriteNumber> = []
}

/// The versions and delete markers that a key has at a moment, newest first.
///
/// A page of versions makes one for each key in it: `history.skip(through: marker)`, then
/// `history.next()` until the page is full. A key of three versions, overwritten in night 2, deleted
/// by a request in night 2, whose oldest was deleted by its id:
///
///     request 1 in night 2   marker       next() gives it first: it is the latest
///     night 2                put          …then this one
///     start 2, start 1       put          …then these
///     start 0                             removed: passed over
///
/// Three sources in one order: what requests wrote, what nights wrote, and what was there in night
/// 0. The first two are few; the third is reached at any place in one step, so a key of a million
/// versions costs a page no more than any other.
struct KeyHistory {
  private let slot: Int
  private let night: Int
  private let model: ObjectModel
  private let depth: Int
  /// Of nights and requests, oldest first.
  private var writes: [KeyWrites.Write] = []
  private let removed: Set<WriteNumber>
  /// How many of `writes` are not passed yet.
  private var writesLeft: Int
  /// How many of night 0 are not passed yet.
  private var startLeft: Int
  /// Only the newest write of version `null` counts, even when nothing is left of it.
  private var hasPassedNull = false

  init(
    slot: Int, night: Int, model: ObjectModel, versioning: VersioningLog, writes: KeyWrites? = nil
  ) {
    self.slot = slot
    self.night = night
    self.model = model
    depth = model.start.depth(slot: slot)
    startLeft = depth
    removed = writes?.removed ?? []
    let strikes = ObjectModel.isWritten(slot) ? 0 : Int(model.strikes(slot: slot, night: night))
    if strikes > 0 {
      self.writes = (1...strikes).map { strike in
        Self.write(ofStrike: UInt64(strike), slot: slot, model: model, versioning: versioning)
      }
    }
    if let requests = writes?.writes, !requests.isEmpty {
      self.writes = (self.writes + requests).sorted { $0.number < $1.number }
      writesLeft = self.writes.count
      orderTimes()
    } else {
      writesLeft = self.writes.count
    }
  }

  /// What a night did to a slot, under the state that the bucket was in.
  private static func write(
    ofStrike strike: UInt64, slot: Int, model: ObjectModel, versioning: VersioningLog
  ) -> KeyWrites.Write {
    let night = model.night(ofStrike: strike, slot: slot)
    let state = versioning.versioning(before: night)
    let kind: KeyWrites.Write.Kind
    if let attributes = model.attributes(slot: slot, strikes: strike) {
      kind = .put(attributes)
    } else {
      kind = state == .none ? .removal : .marker
    }
    return KeyWrites.Write(
      number: .night(night), kind: kind, isNull: state != .enabled,
      time: model.lastModified(slot: slot, strikes: strike))
  }

  /// Lets no write be older than the one before it: nights have times of their own, requests the
  /// time of day.
  private mutating func orderTimes() {
    var last = depth == 0 ? Timestamp.distantPast : startTime(depth - 1)
    for index in writes.indices {
      let next = Timestamp(millisecondsSinceEpoch: last.millisecondsSinceEpoch + 1_000)
      last = max(next, writes[index].time)
      writes[index].time = last
      if case .put(var attributes) = writes[index].kind {
        attributes.lastModified = last
        writes[index].kind = .put(attributes)
      }
    }
  }

  /// The next older entry that is still there.
  mutating func next() -> VersionRecord? {
    while writesLeft > 0 {
      writesLeft -= 1
      let write = writes[writesLeft]
      guard takesPart(write.isNull, write.number), !hasExpired(writeAt: writesLeft) else {
        continue
      }
      switch write.kind {
      case .put(let attributes): return entry(write, attributes)
      case .marker: return entry(write, nil)
      case .removal: continue
      }
    }
    while startLeft > 0 {
      startLeft -= 1
      let ordinal = startLeft
      let isNull = model.start.isNull(slot: slot, ordinal: ordinal, of: depth)
      guard takesPart(isNull, .start(ordinal)), !hasExpired(ordinal: ordinal) else { continue }
      let attributes = model.startingAttributes(slot: slot, ordinal: ordinal, of: depth)
      return VersionRecord(
        number: .start(ordinal), isNull: isNull, attributes: attributes,
        lastModified: startTime(ordinal))
    }
    return nil
  }

  /// Passes a write and all that are newer, whether they are still there or not.
  mutating func skip(through number: WriteNumber) {
    while writesLeft > 0, writes[writesLeft - 1].number >= number {
      writesLeft -= 1
      if writes[writesLeft].isNull { hasPassedNull = true }
    }
    guard writesLeft == 0, let ordinal = number.startOrdinal, ordinal < startLeft else { return }
    // Of what was there in night 0 one entry at most is null: the newest or the oldest.
    if model.start.isNull(slot: slot, ordinal: depth - 1, of: depth) { hasPassedNull = true }
    startLeft = ordinal
  }

  private mutating func takesPart(_ isNull: Bool, _ number: WriteNumber) -> Bool {
    if isNull {
      guard !hasPassedNull else { return false }
      hasPassedNull = true
    }
    return removed.isEmpty || !removed.contains(number)
  }

  private func entry(
    _ write: KeyWrites.Write, _ attributes: ObjectModel.Attributes?
  ) -> VersionRecord {
    VersionRecord(
      number: write.number, isNull: write.isNull, attributes: attributes, lastModified: write.time)
  }

  private func startTime(_ ordinal: Int) -> Timestamp {
    model.startingTime(slot: slot, ordinal: ordinal, of: depth)
  }
}

extension KeyHistory {
  // Nights remove only what other nights have written over, so that the newest entry of a key that
  // no request touched is always there.

  private func hasExpired(writeAt index: Int) -> Bool {
    let number = writes[index].number
    guard number.isOfNight, let next = writes[(index + 1)...].first(where: { $0.number.isOfNight })
    else { return false }
    return model.hasExpired(slot: slot, number, replacedIn: next.number.night, by: night)
  }

  private func hasExpired(ordinal: Int) -> Bool {
    if ordinal < depth - 1 {
      return model.hasExpired(slot: slot, .start(ordinal), replacedIn: 0, by: night)
    }
    guard let next = writes.first(where: { $0.number.isOfNight }) else { return false }
    return model.hasExpired(slot: slot, .start(ordinal), replacedIn: next.number.night, by: night)
  }
}

extension Timestamp {
  /// Before everything that a simulator has.
  fileprivate static let distantPast = Timestamp(millisecondsSinceEpoch: 0)
}
