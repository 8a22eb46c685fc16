package import Vocabulary

/// A bucket of any size that is computed from a seed; nothing in it is stored.
package struct SimulatedBucket: Sendable {
  package let name: String
  package let region: String
  package let isDenied: Bool
  package let created: Timestamp
  /// Whether it demands sessions and lists without order, as S3 Express One Zone does.
  package let isDirectory: Bool
  /// The keys it begins with.
  let keys: BucketKeys
  let model: ObjectModel
  let uploads: UploadModel

  init(_ specification: BucketSpecification, in configuration: SimulatorConfiguration) {
    name = specification.name
    region = specification.region ?? configuration.region
    isDenied = specification.isDenied
    isDirectory = name.hasSuffix("--x-s3")
    let seed = specification.seed ?? configuration.seed ^ mixed(text: specification.name)
    let age = Int64(mixed(seed) % (2 * 365 * 86_400)) + 3 * 365 * 86_400
    created = Timestamp(
      millisecondsSinceEpoch: ObjectModel.epoch.millisecondsSinceEpoch - age * 1_000)
    let versions = configuration.versions
    let space = KeySpace(
      shape: specification.shape, slots: ObjectModel.slots(forObjects: specification.count),
      seed: seed)
    var keys = BucketKeys(space)
    let deep = Self.addDeepKeys(
      versions.deepKeys.filter { $0.bucket == specification.name }, to: &keys)
    self.keys = keys
    model = ObjectModel(
      seed: seed, sharePercent: configuration.sharePercent, expirePercent: versions.expirePercent,
      hasMilliseconds: versions.hasMilliseconds || versions.dialect == .rgw,
      start: StartingHistory(
        versions,
        versioning: isDirectory || versions.dialect == .rclone
          ? .none : specification.versioning ?? versions.versioning,
        seed: seed, deep: deep),
      objects: configuration.objects, storageClass: specification.storageClass)
    uploads = UploadModel(
      count: isDirectory ? 0 : versions.uploads, partsPerUpload: versions.partsPerUpload,
      slots: space.slots, seed: seed, sharePercent: configuration.sharePercent)
  }

  /// The depth of each deep key by its slot; those that the key space does not have are added.
  private static func addDeepKeys(
    _ deepKeys: [VersionsSpecification.DeepKey], to keys: inout BucketKeys
  ) -> [Int: Int] {
    var depths: [Int: Int] = [:]
    for (number, deep) in deepKeys.enumerated() {
      let key = Key(deep.key)
      if keys.index(of: key) == nil { keys.add(key, slot: ObjectModel.firstDeepSlot + 16 * number) }
      if let index = keys.index(of: key) { depths[keys.slot(at: index)] = deep.count }
    }
    return depths
  }

  /// Every object in a night, in the order of the keys: what a correct crawl finds when no request
  /// has written anything.
  package func objects(night: Int) -> some Sequence<SimulatedObject> {
    (0..<keys.count).lazy.compactMap { object(at: $0, night: night) }
  }

  private func object(at index: Int, night: Int) -> SimulatedObject? {
    guard let attributes = model.attributes(slot: keys.slot(at: index), night: night) else {
      return nil
    }
    return SimulatedObject(key: keys.key(at: index), model.resolved(attributes))
  }
}
