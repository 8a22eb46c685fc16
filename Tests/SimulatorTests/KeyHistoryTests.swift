import Testing
import Vocabulary

@testable import Simulator

/// Histories are what S3's rules make of the same writes, wherever one begins to read.
@Suite struct KeyHistoryTests {
  private func list(_ history: KeyHistory) -> [VersionRecord] {
    var history = history
    var entries: [VersionRecord] = []
    while let entry = history.next() { entries.append(entry) }
    return entries
  }

  private func expectSame(_ contents: BucketContents, _ store: PlainStore) {
    for index in 0..<contents.keys.count {
      let found = list(contents.history(at: index))
      let expected = (store.entries[contents.keys.slot(at: index)] ?? []).reversed()
      #expect(found.map(\.number) == expected.map(\.number))
      #expect(found.map(\.isNull) == expected.map(\.isNull))
      #expect(found.map { $0.attributes?.etag } == expected.map(\.etag))
      #expect(contents.current(at: index)?.etag == (expected.first?.etag ?? nil))
    }
  }

  @Test(arguments: VersioningState.allCases)
  func nightsFollowTheRules(versioning: VersioningState) {
    let bucket = VersionedFixture.bucket(.flat, 120, versioning)
    var store = PlainStore(bucket)
    for night in 0...8 {
      let contents = BucketContents(of: bucket, night: night)
      expectSame(contents, store)
      #expect(Array(contents.objects()) == Array(bucket.objects(night: night)))
      store.nextNight()
    }
  }

  @Test(arguments: VersioningState.allCases, UInt64(1)...6)
  func requestsFollowTheRules(versioning: VersioningState, seed: UInt64) {
    let bucket = VersionedFixture.bucket(.flat, 12, versioning)
    var contents = BucketContents(of: bucket, night: 0)
    var store = PlainStore(bucket)
    let now = Timestamp(year: 2026, month: 11, day: 20)
    for step in 0..<150 {
      let random = mixed(seed: seed, slot: step, lane: 1)
      let key =
        random % 4 == 0
        ? Key("added-\(random >> 60)")
        : contents.keys.key(at: Int(random >> 32 % UInt64(contents.keys.count)))
      switch random >> 8 % 8 {
      case 0, 1, 2:
        let attributes = VersionedFixture.attributes(of: Array("\(random)".utf8), at: now)
        _ = contents.put(key, attributes, asMoto: false)
        write(attributes.etag, key, contents, &store)
      case 3, 4:
        let isThere = contents.keys.index(of: key) != nil
        _ = contents.delete(key, at: now, asMoto: false)
        if isThere || store.versioning != .none { write(nil, key, contents, &store) }
      case 5:
        guard let index = contents.keys.index(of: key) else { continue }
        let entries = list(contents.history(at: index))
        guard
          let victim = entries.isEmpty ? nil : entries[Int(random >> 40 % UInt64(entries.count))]
        else { continue }
        #expect(contents.deleteVersion(contents.id(of: victim, at: index), of: key) != nil)
        store.entries[contents.keys.slot(at: index)]?.removeAll { $0.number == victim.number }
      case 6:
        store.nextNight()
        contents.night += 1
      default:
        let states: [VersioningState] = [.enabled, .suspended]
        store.versioning = states[Int(random >> 50 % 2)]
        contents.versioning.change(to: store.versioning, inNight: contents.night)
      }
    }
    expectSame(contents, store)
  }

  /// Applies the last write of `contents` to the store, under its number.
  private func write(
    _ etag: String?, _ key: Key, _ contents: BucketContents, _ store: inout PlainStore
  ) {
    guard let index = contents.keys.index(of: key) else { return }
    store.requests += 1
    store.write(
      etag, number: .request(store.requests, inNight: contents.night),
      slot: contents.keys.slot(at: index))
  }

  @Test(arguments: [VersioningState.enabled, .suspended], [0, 5])
  func readsOnFromAnyWrite(versioning: VersioningState, night: Int) {
    let contents = VersionedFixture.contents(.flat, 80, versioning, night: night)
    for index in 0..<contents.keys.count {
      let whole = list(contents.history(at: index))
      for (place, entry) in whole.enumerated() {
        var history = contents.history(at: index)
        history.skip(through: entry.number)
        #expect(list(history).map(\.number) == whole.dropFirst(place + 1).map(\.number))
        let id = contents.id(of: entry, at: index)
        #expect(contents.entry(at: index, id: id)?.number == entry.number)
        #expect(entry.isNull == id.elementsEqual("null".utf8))
      }
      #expect(whole.count { $0.isNull } <= 1)
      #expect(
        zip(whole, whole.dropFirst()).allSatisfy { $0.lastModified >= $1.lastModified },
        "newest first")
    }
  }

  @Test func readsOnBehindVersionsThatAreGone() throws {
    var contents = VersionedFixture.contents()
    let index = try #require(
      (0..<contents.keys.count).first { list(contents.history(at: $0)).count >= 4 })
    let whole = list(contents.history(at: index))
    contents.remove(whole[1].number, at: index)
    contents.remove(whole[2].number, at: index)
    var history = contents.history(at: index)
    history.skip(through: whole[1].number)
    #expect(list(history).map(\.number) == whole.dropFirst(3).map(\.number))
  }

  @Test func deepKeyCostsNoMemory() throws {
    let bucket = VersionedFixture.bucket { configuration in
      configuration.versions.deepKeys = [
        .init(bucket: "logs", key: Array("deep".utf8), count: 500_000_000),
        .init(bucket: "logs", key: Array("object-000000000003".utf8), count: 7),
      ]
    }
    let contents = BucketContents(of: bucket, night: 0)
    let index = try #require(contents.keys.index(of: Key("deep")))
    var history = contents.history(at: index)
    #expect(history.next()?.number == .start(499_999_999))
    history.skip(through: .start(3))
    #expect(list(history).map(\.number) == [.start(2), .start(1), .start(0)])
    let other = try #require(contents.keys.index(of: Key("object-000000000003")))
    #expect(list(contents.history(at: other)).count == 7)
    #expect(contents.keys.count == bucket.keys.count && index == 0)
  }

  @Test func markersAreTheShareThatWasAskedFor() {
    let bucket = VersionedFixture.bucket(.flat, 20_000) { $0.versions.perKey = 3...3 }
    let histories = (0..<bucket.keys.count).map {
      list(BucketContents(of: bucket, night: 0).history(at: $0))
    }.filter { !$0.isEmpty }
    let onlyMarkers = histories.count { $0.allSatisfy { $0.attributes == nil } }
    let entries = histories.flatMap { $0 }
    #expect(histories.count == 20_000 && entries.count == 60_000)
    // One key in three hundred has three markers by chance.
    #expect(abs(onlyMarkers - 1_064) < 150)
    #expect(abs(entries.count { $0.attributes == nil } - (3_000 + 8_550)) < 600)
    #expect(entries.contains { $0.isNull })
  }
}
