import Vocabulary

/// An incomplete multipart upload.
struct SimulatedUpload: Sendable {
  var id: [UInt8]
  var initiated: Timestamp
  /// Indexes `ObjectModel.storageClasses`.
  var storageClass: Int
  /// Ascending by number.
  var parts: [Part]

  struct Part: Equatable, Sendable {
    /// From 1; numbers may be left out.
    var number: Int
    var size: Int64
    var etag: String
    var lastModified: Timestamp
  }
}

/// The incomplete uploads that a bucket has in a night, as a pure function of the seed.
///
/// Each of `count` places holds one upload at a time: a night ends the share of them that it strikes
/// and begins another in the same place. Places ascend with their keys, and one in four has the key
/// of the place before it.
struct UploadModel: Sendable {
  let count: Int
  private let partsPerUpload: ClosedRange<Int>
  private let slots: Int
  private let seed: UInt64
  private let struckPerNight: UInt64

  init(
    count: Int, partsPerUpload: ClosedRange<Int>, slots: Int, seed: UInt64, sharePercent: Double
  ) {
    self.count = slots > 0 ? count : 0
    self.partsPerUpload = partsPerUpload
    self.slots = slots
    self.seed = seed
    struckPerNight = share(sharePercent)
  }

  /// What the ids of all uploads of a bucket belong to.
  var owner: UInt64 { mixed(seed ^ 0x7570_6C6F_6164) }

  /// The slot whose key an upload has.
  func slot(ofPlace place: Int) -> Int {
    let place = place & 3 == 1 ? place - 1 : place
    return count.dividingFullWidth(place.multipliedFullWidth(by: slots)).quotient
  }

  /// The first place whose slot is `slot` or greater; `count` when there is none.
  func firstPlace(atOrAfterSlot slot: Int) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if self.slot(ofPlace: middle) >= slot { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// How many uploads have ended in a place.
  func generation(ofPlace place: Int, night: Int) -> Int {
    guard night > 0 else { return 0 }
    let ticket = mixed(seed: seed, slot: place, lane: 41) >> 32
    let reach = UInt64(night) * struckPerNight
    return reach > ticket ? Int(1 + (reach - 1 - ticket) >> 32) : 0
  }

  /// The upload of a place and generation, with its parts only where they are asked for.
  func upload(place: Int, generation: Int, withParts: Bool) -> SimulatedUpload {
    let random = mixed(seed: mixed(seed: seed, slot: place, lane: 42), slot: generation, lane: 1)
    let begin = ObjectModel.epoch.millisecondsSinceEpoch
    var seconds = -Int64(random % (400 * 86_400)) - 1
    if generation > 0 {
      let ticket = mixed(seed: seed, slot: place, lane: 41) >> 32
      let night = Int64((ticket + UInt64(generation - 1) << 32) / struckPerNight)
      seconds = night * 86_400 + Int64(random % 86_400)
    }
    let initiated = Timestamp(millisecondsSinceEpoch: begin + seconds * 1_000)
    return SimulatedUpload(
      id: OpaqueID.text(UInt64(generation) << 40 | UInt64(place), of: owner),
      initiated: initiated,
      storageClass: random >> 40 & 3 == 0
        ? Int(random >> 44 % UInt64(ObjectModel.storageClasses.count)) : 0,
      parts: withParts ? parts(random, initiated) : [])
  }

  /// The place and generation an id means; nil for an id that no upload here has.
  func origin(ofID id: [UInt8]) -> (place: Int, generation: Int)? {
    guard let number = OpaqueID.number(id, of: owner) else { return nil }
    let place = Int(number & 0xFF_FFFF_FFFF)
    return place < count ? (place, Int(number >> 40)) : nil
  }

  /// Of 5 to 8 MiB each; one upload in eight has lost every third.
  private func parts(_ random: UInt64, _ initiated: Timestamp) -> [SimulatedUpload.Part] {
    let choices = UInt64(partsPerUpload.count)
    let count = partsPerUpload.lowerBound + Int(random >> 8 % choices)
    let hasGaps = random >> 24 & 7 == 0
    return (0..<count).map { index in
      let random = mixed(seed: random, slot: index, lane: 2)
      return SimulatedUpload.Part(
        number: hasGaps ? index + 1 + index / 2 : index + 1,
        size: 5 << 20 + Int64(random % (3 << 20)), etag: hexadecimalText(random, mixed(random)),
        lastModified: Timestamp(
          millisecondsSinceEpoch: initiated.millisecondsSinceEpoch + Int64(index + 1) * 30_000))
    }
  }
}

/// 32 hexadecimal digits.
func hexadecimalText(_ high: UInt64, _ low: UInt64) -> String {
  let text = [UInt8](unsafeUninitializedCapacity: 32) { out, count in
    guard let base = out.baseAddress else { return }
    count = Digits.hexadecimal(high, digits: 16, to: base)
    count += Digits.hexadecimal(low, digits: 16, to: base + 16)
  }
  return String(decoding: text, as: UTF8.self)
}
