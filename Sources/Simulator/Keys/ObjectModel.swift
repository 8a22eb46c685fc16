package import Vocabulary

/// One object as S3 would list it, in the truth that tests compare with.
package struct SimulatedObject: Equatable, Sendable {
  package var key: Key
  package var size: Int64
  /// Without quotes.
  package var etag: String
  package var lastModified: Timestamp
  package var storageClass: String
}

extension SimulatedObject {
  init(key: Key, _ attributes: ObjectModel.Attributes) {
    self.init(
      key: key, size: attributes.size, etag: attributes.etag,
      lastModified: attributes.lastModified,
      storageClass: ObjectModel.storageClasses[attributes.storageClass])
  }
}

/// What lives in a bucket's slots in a given night, as a pure function of the seed.
///
/// Each slot holds a ticket, a number below 2³². Every night strikes the next `share` of all
/// tickets, going round: a struck object is overwritten or, one in sixteen, removed, and an object
/// appears in a struck spare slot. So a slot's state after any number of nights is one division
/// away.
struct ObjectModel: Sendable {
  /// What an object looks like apart from its key.
  struct Attributes {
    var size: Int64
    var etagHigh: UInt64
    var etagLow: UInt64
    /// Parts of a multipart upload; 0 when the ETag is a plain one.
    var parts: Int
    var lastModified: Timestamp
    /// Indexes `storageClasses`.
    var storageClass: Int
    /// Whether the ETag stands for bytes that follow from it, and may have to be computed from them.
    var isSeeded = true
  }

  static let storageClasses = [
    "STANDARD", "STANDARD_IA", "INTELLIGENT_TIERING", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE",
    "ONEZONE_IA",
  ]

  /// When night 0 ends and the changes of night 1 begin.
  static let epoch = Timestamp(year: 2026, month: 1, day: 1)

  /// What keys have in night 0.
  let start: StartingHistory
  private let seed: UInt64
  /// Tickets struck in a night, of 2³².
  private let struckPerNight: UInt64
  /// The same for the noncurrent versions that a night removes.
  private let expiringPerNight: UInt64
  private let hasMilliseconds: Bool
  /// A storage class for each hundredth of the objects.
  private let classOfHundredth: [UInt8]
  let objects: ObjectsSpecification
  /// Nil where ETags are not those of the bytes.
  let digests: DigestCache?
  let checksums = DigestCache()

  /// `sharePercent` of the slots are struck in a night, 0 to 100.
  ///
  /// `storageClass`: that of all objects; nil for every class.
  init(
    seed: UInt64, sharePercent: Double, expirePercent: Double, hasMilliseconds: Bool,
    start: StartingHistory, objects: ObjectsSpecification = ObjectsSpecification(),
    storageClass: Int? = nil
  ) {
    self.seed = seed
    self.objects = objects
    digests = objects.hasContents ? DigestCache() : nil
    self.start = start
    self.hasMilliseconds = hasMilliseconds
    struckPerNight = share(sharePercent)
    expiringPerNight = share(expirePercent)
    if let storageClass {
      classOfHundredth = Array(repeating: UInt8(storageClass), count: 100)
      return
    }
    let weights = [58, 12, 10, 7, 6, 4, 3]
    // STANDARD stays the most common; the seed turns the others around.
    let turn = Int(mixed(seed) % 6)
    classOfHundredth = weights.enumerated().flatMap { rank, weight in
      let storageClass = rank == 0 ? 0 : 1 + (rank - 1 + turn) % 6
      return Array(repeating: UInt8(storageClass), count: weight)
    }
  }

  /// Slots a bucket of `count` objects needs: one in sixteen is spare in night 0.
  static func slots(forObjects count: Int) -> Int {
    var slots = count + count / 15
    while slots - spares(inSlots: slots) < count { slots += 1 }
    return spares(inSlots: slots + 1) > spares(inSlots: slots) ? slots + 1 : slots
  }

  /// What is in a slot; nil when there is no object in that night.
  @inline(__always)
  func attributes(slot: Int, night: Int) -> Attributes? {
    attributes(slot: slot, strikes: strikes(slot: slot, night: night))
  }

  /// What the last of so many strikes left in a slot; nil when it removed the object.
  @inline(__always)
  func attributes(slot: Int, strikes: UInt64) -> Attributes? {
    guard isPresent(slot: slot, strikes: strikes) else { return nil }
    let high = mixed(seed: seed, slot: slot, lane: 16 &+ strikes)
    return attributes(
      from: high, lastModified: lastModified(slot: slot, strikes: strikes, random: high))
  }

  @inline(__always)
  private func attributes(from high: UInt64, lastModified: Timestamp) -> Attributes {
    let low = mixed(high ^ seed)
    let size = size(from: low)
    let partBytes = Int64(objects.partBytes)
    return Attributes(
      size: size, etagHigh: high, etagLow: low,
      parts: size >= objects.multipartFrom ? max(1, Int((size + partBytes - 1) / partBytes)) : 0,
      lastModified: lastModified,
      storageClass: Int(classOfHundredth[Int((high >> 32) % 100)]))
  }

  /// How many of the slots are empty in night 0.
  private static func spares(inSlots slots: Int) -> Int { (slots + 8) / 16 }

  @inline(__always)
  private func isPresent(slot: Int, strikes: UInt64) -> Bool {
    if Self.isSpare(slot) { return strikes & 1 == 1 }
    guard strikes & 1 == 1 else { return strikes > 0 || !start.endsInMarker(slot: slot) }
    return mixed(seed: seed, slot: slot, lane: 5) & 15 != 0
  }

  /// Whether a slot is empty in night 0.
  @inline(__always)
  static func isSpare(_ slot: Int) -> Bool { slot & 15 == 7 }

  /// How many times a slot was struck up to and including a night.
  @inline(__always)
  func strikes(slot: Int, night: Int) -> UInt64 {
    guard night > 0 else { return 0 }
    let reach = UInt64(night) &* struckPerNight
    let ticket = self.ticket(slot)
    return reach > ticket ? 1 + (reach - 1 - ticket) >> 32 : 0
  }

  @inline(__always)
  private func ticket(_ slot: Int) -> UInt64 { mixed(seed: seed, slot: slot, lane: 3) >> 32 }

  /// Any time in the three years before the epoch, or within the night of the last strike.
  @inline(__always)
  private func lastModified(slot: Int, strikes: UInt64, random: UInt64) -> Timestamp {
    let seconds: Int64
    if strikes == 0 {
      seconds = -Int64(random % (3 * 365 * 86_400)) - 1
    } else {
      let night = Int64(self.night(ofStrike: strikes, slot: slot) - 1)
      seconds = night * 86_400 + Int64(random % 86_400)
    }
    return Timestamp(
      millisecondsSinceEpoch: Self.epoch.millisecondsSinceEpoch + seconds * 1_000
        + (hasMilliseconds ? Int64(random >> 32 % 1_000) : 0))
  }

  /// Bytes: every power of two up to 2³² is as likely as another, so most objects are small and
  /// most bytes are in few objects.
  @inline(__always)
  private func size(from random: UInt64) -> Int64 {
    let bits = random >> 59
    guard let sizes = objects.sizes else { return Int64(random & 0xFFFF_FFFF) >> Int64(bits) }
    // The same for the bytes above the least, of as many powers as there are.
    let choices = UInt64(sizes.upperBound - sizes.lowerBound + 1)
    let powers = UInt64(UInt64.bitWidth - choices.leadingZeroBitCount)
    let more = mixed(random).multipliedFullWidth(by: choices).high >> (bits % powers)
    return Int64(sizes.lowerBound) + Int64(more)
  }
}

extension ObjectModel {
  /// The night with which a strike becomes visible; strikes are counted from 1.
  @inline(__always)
  func night(ofStrike strike: UInt64, slot: Int) -> Int {
    Int((ticket(slot) + (strike - 1) << 32) / struckPerNight) + 1
  }

  /// When the last of so many strikes happened, whatever it did.
  func lastModified(slot: Int, strikes: UInt64) -> Timestamp {
    lastModified(
      slot: slot, strikes: strikes, random: mixed(seed: seed, slot: slot, lane: 16 &+ strikes))
  }

  /// One of what a key has in night 0; nil for a delete marker.
  func startingAttributes(slot: Int, ordinal: Int, of depth: Int) -> Attributes? {
    guard !start.isMarker(slot: slot, ordinal: ordinal) else { return nil }
    if ordinal == depth - 1 { return attributes(slot: slot, strikes: 0) }
    return attributes(
      from: mixed(seed: mixed(seed: seed, slot: slot, lane: 25), slot: ordinal, lane: 1),
      lastModified: startingTime(slot: slot, ordinal: ordinal, of: depth))
  }

  /// When that was written.
  func startingTime(slot: Int, ordinal: Int, of depth: Int) -> Timestamp {
    let newest = lastModified(slot: slot, strikes: 0)
    guard ordinal < depth - 1 else { return newest }
    let time = newest.millisecondsSinceEpoch - start.age(slot: slot, ordinal: ordinal, of: depth)
    return Timestamp(millisecondsSinceEpoch: hasMilliseconds ? time : time / 1_000 * 1_000)
  }

  /// Whether a night up to `night` removed an entry that was written over in an earlier one.
  ///
  /// Every night removes the same share of what was there when a bucket began to be served.
  func hasExpired(
    slot: Int, _ number: WriteNumber, replacedIn replaced: Int, by night: Int
  ) -> Bool {
    guard expiringPerNight > 0, night > replaced else { return false }
    let ticket = mixed(
      seed: mixed(seed: seed, slot: slot, lane: 26), slot: Int(number.rawValue), lane: 1)
    return night - replaced > Int((ticket >> 32) / expiringPerNight)
  }

  /// Slots of keys that only requests have made: no night strikes them.
  static let firstWrittenSlot = 1 << 41
  /// Slots of deep keys that no key space has.
  static let firstDeepSlot = 1 << 40

  static func isWritten(_ slot: Int) -> Bool { slot >= firstWrittenSlot }

  /// What the ids of a key's versions belong to.
  func owner(ofSlot slot: Int) -> UInt64 { mixed(seed: seed, slot: slot, lane: 27) }
}

extension ObjectModel.Attributes {
  /// 32 hexadecimal digits, and `-parts` when the object was uploaded in parts.
  var etag: String {
    let text = [UInt8](unsafeUninitializedCapacity: 48) { out, count in
      guard let base = out.baseAddress else { return }
      count = writeETag(to: base)
    }
    return String(decoding: text, as: UTF8.self)
  }

  @inline(__always)
  func writeETag(to out: UnsafeMutablePointer<UInt8>) -> Int {
    _ = Digits.hexadecimal(etagHigh, digits: 16, to: out)
    _ = Digits.hexadecimal(etagLow, digits: 16, to: out + 16)
    guard parts > 0 else { return 32 }
    out[32] = UInt8(ascii: "-")
    return 33 + Digits.decimal(Int64(parts), to: out + 33)
  }
}
