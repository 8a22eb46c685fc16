/// What a simulated bucket is to be: the value of `--bucket`.
package struct BucketSpecification: Equatable, Sendable {
  package var name: String
  package var shape: KeyShape
  /// Objects in night 0.
  package var count: Int
  /// Nil: the server's own region.
  package var region: String?
  package var isDenied: Bool
  /// Nil: follows from the server's seed and the name.
  package var seed: UInt64?
  /// Nil: the server's own state.
  package var versioning: VersioningState?
  /// Of all objects, by its place in `ObjectModel.storageClasses`; nil: of each class some.
  package var storageClass: Int?

  package init(
    name: String, shape: KeyShape, count: Int, region: String? = nil, isDenied: Bool = false,
    seed: UInt64? = nil, versioning: VersioningState? = nil, storageClass: Int? = nil
  ) {
    self.name = name
    self.shape = shape
    self.count = count
    self.region = region
    self.isDenied = isDenied
    self.seed = seed
    self.versioning = versioning
    self.storageClass = storageClass
  }
}
