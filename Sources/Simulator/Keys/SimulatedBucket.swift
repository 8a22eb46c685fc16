package import Vocabulary

/// A bucket of any size that is computed from a seed; nothing in it is stored.
package struct SimulatedBucket: Sendable {
  package let name: String
  package let region: String
  package let isDenied: Bool
  package let created: Timestamp
  /// Whether it demands sessions and lists without order, as S3 Express One Zone does.
  package let isDirectory: Bool
  package let keys: KeySpace
  let model: ObjectModel

  init(_ specification: BucketSpecification, in configuration: SimulatorConfiguration) {
    name = specification.name
    region = specification.region ?? configuration.region
    isDenied = specification.isDenied
    isDirectory = name.hasSuffix("--x-s3")
    let seed = specification.seed ?? configuration.seed ^ mixed(text: specification.name)
    let age = Int64(mixed(seed) % (2 * 365 * 86_400)) + 3 * 365 * 86_400
    created = Timestamp(
      millisecondsSinceEpoch: ObjectModel.epoch.millisecondsSinceEpoch - age * 1_000)
    model = ObjectModel(seed: seed, sharePercent: configuration.sharePercent)
    keys = KeySpace(
      shape: specification.shape, slots: ObjectModel.slots(forObjects: specification.count),
      seed: seed)
  }

  /// Every object in a night, in the order of the keys: what a correct crawl finds.
  package func objects(night: Int) -> some Sequence<SimulatedObject> {
    (0..<keys.slots).lazy.compactMap { object(slot: $0, night: night) }
  }

  private func object(slot: Int, night: Int) -> SimulatedObject? {
    guard let attributes = model.attributes(slot: slot, night: night) else { return nil }
    return SimulatedObject(
      key: keys.key(at: slot), size: attributes.size, etag: attributes.etag,
      lastModified: attributes.lastModified,
      storageClass: ObjectModel.storageClasses[attributes.storageClass])
  }
}
