import Vocabulary

@testable import Simulator

/// A bucket with versions of every kind, and S3's rules told once more, slowly.
enum VersionedFixture {
  static func bucket(
    _ shape: KeyShape = .flat, _ count: Int = 60, _ versioning: VersioningState = .enabled,
    change: (inout SimulatorConfiguration) -> Void = { _ in }
  ) -> SimulatedBucket {
    let name = "logs"
    var configuration = SimulatorConfiguration()
    configuration.sharePercent = 30
    configuration.versions.perKey = 1...5
    configuration.versions.markerPercent = 15
    configuration.versions.onlyMarkersPercent = 5
    configuration.versions.expirePercent = 20
    change(&configuration)
    return SimulatedBucket(
      BucketSpecification(name: name, shape: shape, count: count, versioning: versioning),
      in: configuration)
  }

  static func contents(
    _ shape: KeyShape = .flat, _ count: Int = 60, _ versioning: VersioningState = .enabled,
    night: Int = 0
  ) -> BucketContents {
    BucketContents(of: bucket(shape, count, versioning), night: night)
  }
}

extension VersionedFixture {
  /// An object that a request puts.
  static func attributes(of bytes: [UInt8], at time: Timestamp) -> ObjectModel.Attributes {
    let record = ObjectRecord(
      content: Content(bytes), digest: ContentDigest.md5(of: bytes), storageClass: 0)
    return ObjectModel.Attributes(of: record, lastModified: time)
  }
}

/// What a bucket holds by S3's rules, as a store that does one thing after the other.
struct PlainStore {
  struct Entry {
    var number: WriteNumber
    var isNull: Bool
    var etag: String?
    /// The night in which it was no longer the newest; nil for the newest.
    var replaced: Int?
  }

  let bucket: SimulatedBucket
  var versioning: VersioningState
  var night = 0
  /// Requests that have written.
  var requests = 0
  /// By slot, oldest first.
  var entries: [Int: [Entry]] = [:]

  init(_ bucket: SimulatedBucket) {
    self.bucket = bucket
    let model = bucket.model
    versioning = model.start.versioning
    for index in 0..<bucket.keys.count {
      let slot = bucket.keys.slot(at: index)
      let depth = model.start.depth(slot: slot)
      entries[slot] = (0..<depth).map { ordinal in
        Entry(
          number: .start(ordinal),
          isNull: model.start.isNull(slot: slot, ordinal: ordinal, of: depth),
          etag: model.startingAttributes(slot: slot, ordinal: ordinal, of: depth)?.etag,
          replaced: ordinal < depth - 1 ? 0 : nil)
      }
    }
  }

  /// Puts (`etag` given) or deletes.
  mutating func write(_ etag: String?, number: WriteNumber, slot: Int) {
    var list = entries[slot] ?? []
    if number.isOfNight,
      let last = list.lastIndex(where: { $0.number.startOrdinal != nil || $0.number.isOfNight }),
      list[last].replaced == nil
    {
      list[last].replaced = number.night
    }
    if versioning != .enabled { list.removeAll { $0.isNull } }
    if etag != nil || versioning != .none {
      list.append(Entry(number: number, isNull: versioning != .enabled, etag: etag))
    }
    entries[slot] = list
  }

  mutating func nextNight() {
    night += 1
    let model = bucket.model
    for slot in entries.keys {
      if !ObjectModel.isWritten(slot) {
        let strikes = model.strikes(slot: slot, night: night)
        if strikes > model.strikes(slot: slot, night: night - 1) {
          write(
            model.attributes(slot: slot, strikes: strikes)?.etag, number: .night(night), slot: slot)
        }
      }
      entries[slot]?.removeAll { entry in
        entry.replaced.map {
          model.hasExpired(slot: slot, entry.number, replacedIn: $0, by: night)
        } ?? false
      }
    }
  }
}
