import Testing
import Vocabulary

@testable import Simulator

@Suite struct ObjectModelTests {
  private func bucket(
    _ count: Int, share: Double = 1, seed: UInt64 = 5, shape: KeyShape = .flat
  ) -> SimulatedBucket {
    var configuration = SimulatorConfiguration()
    configuration.sharePercent = share
    return SimulatedBucket(
      BucketSpecification(name: "b", shape: shape, count: count, seed: seed), in: configuration)
  }

  private func byKey(_ bucket: SimulatedBucket, night: Int) -> [Key: SimulatedObject] {
    Dictionary(uniqueKeysWithValues: bucket.objects(night: night).map { ($0.key, $0) })
  }

  @Test(arguments: Array(0...50) + [999, 1_000, 12_345])
  func firstNightHasExactlyTheObjectsAskedFor(count: Int) {
    for shape in KeyShape.allCases {
      #expect(
        bucket(count, shape: shape).objects(night: 0).reduce(0) { sum, _ in sum + 1 } == count)
    }
  }

  @Test func equalSeedsGiveEqualObjects() {
    for night in [0, 1, 5] {
      #expect(
        Array(bucket(500, share: 20).objects(night: night))
          == Array(bucket(500, share: 20).objects(night: night)))
    }
    #expect(
      Array(bucket(500).objects(night: 0)) != Array(bucket(500, seed: 6).objects(night: 0)))
  }

  @Test(arguments: [1, 2.5, 10, 50, 100])
  func everyNightChangesTheShareOfTheObjects(share: Double) {
    let bucket = bucket(20_000, share: share)
    for night in 1...5 {
      let before = byKey(bucket, night: night - 1)
      let after = byKey(bucket, night: night)
      let removed = before.keys.count { after[$0] == nil }
      let added = after.keys.count { before[$0] == nil }
      let changed = after.count { key, object in before[key].map { $0 != object } ?? false }
      let expected = 20_000 * share / 100
      #expect(abs(Double(removed + added + changed) - expected * 16 / 15) < expected * 0.1 + 30)
      #expect(
        removed > 0 && added > 0 && changed > removed && changed > added,
        "removed \(removed), added \(added), changed \(changed)")
      #expect(abs(Double(after.count) - 20_000) < 20_000 * 0.08)
    }
  }

  @Test func changedObjectHasANewETagAndALaterTime() {
    let bucket = bucket(5_000, share: 30)
    for night in 1...8 {
      let before = byKey(bucket, night: night - 1)
      let start = ObjectModel.epoch.millisecondsSinceEpoch + Int64(night - 1) * 86_400_000
      for (key, object) in byKey(bucket, night: night) where before[key] != object {
        #expect(object.etag != before[key]?.etag)
        let time = object.lastModified.millisecondsSinceEpoch
        #expect(time >= start && time < start + 86_400_000)
      }
    }
  }

  @Test func withoutAShareNothingEverChanges() {
    let bucket = bucket(300, share: 0)
    #expect(Array(bucket.objects(night: 0)) == Array(bucket.objects(night: 1_000)))
  }

  @Test func objectsAreOfManyKinds() {
    let objects = Array(bucket(20_000).objects(night: 0))
    #expect(Set(objects.map(\.storageClass)) == Set(ObjectModel.storageClasses))
    #expect(Set(objects.map(\.etag)).count == objects.count)
    #expect(objects.contains { $0.size == 0 } && objects.contains { $0.size > 1 << 30 })
    #expect(objects.contains { $0.etag.contains("-") })
    #expect(objects.allSatisfy { $0.lastModified < ObjectModel.epoch && $0.size >= 0 })
  }
}
