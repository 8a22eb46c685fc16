/// The versions that keys have in night 0, as a pure function of the seed.
///
/// Ordinal 0 is the oldest. Spare slots, where an object may appear in a later night, have none;
/// a bucket without versioning has one of each other key.
struct StartingHistory: Sendable {
  let versioning: VersioningState
  private let seed: UInt64
  private let perKey: ClosedRange<Int>
  /// Of 2³².
  private let markers: UInt64
  private let onlyMarkers: UInt64
  private let hasMarkers: Bool
  /// By slot: keys with a number of versions of their own.
  private let deep: [Int: Int]

  init(
    _ specification: VersionsSpecification, versioning: VersioningState, seed: UInt64,
    deep: [Int: Int] = [:]
  ) {
    self.versioning = versioning
    self.seed = seed
    let isVersioned = versioning != .none
    perKey = isVersioned ? specification.perKey : 1...1
    markers = isVersioned ? share(specification.markerPercent) : 0
    onlyMarkers = isVersioned ? share(specification.onlyMarkersPercent) : 0
    hasMarkers = markers > 0 || onlyMarkers > 0
    self.deep = isVersioned ? deep : [:]
  }

  /// Versions and delete markers of a key.
  func depth(slot: Int) -> Int {
    if let depth = deep[slot] { return depth }
    guard !ObjectModel.isSpare(slot) else { return 0 }
    let choices = UInt64(perKey.count)
    guard choices > 1 else { return perKey.lowerBound }
    return perKey.lowerBound + Int(mixed(seed: seed, slot: slot, lane: 21) % choices)
  }

  func isMarker(slot: Int, ordinal: Int) -> Bool {
    guard hasMarkers else { return false }
    if mixed(seed: seed, slot: slot, lane: 20) >> 32 < onlyMarkers { return true }
    return mixed(seed: mixed(seed: seed, slot: slot, lane: 22), slot: ordinal, lane: 1) >> 32
      < markers
  }

  /// Whether a key is a deleted one.
  @inline(__always)
  func endsInMarker(slot: Int) -> Bool {
    hasMarkers && isMarker(slot: slot, ordinal: max(0, depth(slot: slot) - 1))
  }

  /// Whether an entry has the id `null`: written before versioning was turned on, in one key of
  /// eight, or after it was suspended.
  func isNull(slot: Int, ordinal: Int, of depth: Int) -> Bool {
    switch versioning {
    case .none: true
    case .suspended: ordinal == depth - 1
    case .enabled:
      ordinal == 0 && mixed(seed: seed, slot: slot, lane: 23) & 7 == 0
        && !isMarker(slot: slot, ordinal: 0)
    }
  }

  /// By how many milliseconds an entry is older than the newest of its key.
  ///
  /// Ascends with the age: a key's entries share two years, at most a day each.
  func age(slot: Int, ordinal: Int, of depth: Int) -> Int64 {
    let step = min(86_400_000, 2 * 365 * 86_400_000 / UInt64(depth))
    let jitter = mixed(seed: mixed(seed: seed, slot: slot, lane: 24), slot: ordinal, lane: 1)
    let steps = UInt64(depth - 1 - ordinal)
    return Int64(steps * step + jitter.multipliedFullWidth(by: max(step, 1)).high)
  }
}

/// A percentage of 2³².
func share(_ percent: Double) -> UInt64 {
  precondition((0...100).contains(percent))
  return UInt64(percent / 100 * Double(UInt64(1) << 32))
}
