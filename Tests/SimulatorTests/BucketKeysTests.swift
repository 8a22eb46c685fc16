import Testing
import Vocabulary

@testable import Simulator

@Suite struct BucketKeysTests {
  @Test(arguments: KeyShape.allCases, [0, 1, 60])
  func addedKeysStandInOrderBetweenTheOthers(shape: KeyShape, count: Int) throws {
    let space = KeySpace(shape: shape, slots: count, seed: 3)
    let own = (0..<count).map { space.key(at: $0) }
    var keys = BucketKeys(space)
    var expected = own
    for number in 0..<40 {
      let random = mixed(seed: 9, slot: number, lane: 1)
      var bytes =
        number % 3 == 0 ? [] : own.isEmpty ? [] : own[Int(random % UInt64(own.count))].bytes
      bytes.append(UInt8(random >> 56))
      let key = Key(bytes)
      guard keys.index(of: key) == nil else { continue }
      keys.add(key, slot: 1 << 41 + number)
      expected.append(key)
      expected.sort()
      #expect((0..<keys.count).map { keys.key(at: $0) } == expected)
      #expect((0..<keys.count).allSatisfy { keys.index(ofSlot: keys.slot(at: $0)) == $0 })
    }
    #expect(Set((0..<keys.count).map { keys.slot(at: $0) }).count == keys.count)
    for (index, key) in expected.enumerated() {
      #expect(keys.firstIndex(atOrAfter: key) == index && keys.firstIndex(after: key) == index + 1)
      #expect(keys.index(of: key) == index)
      #expect(expected.contains(key.successor) == (keys.index(of: key.successor) != nil))
    }
  }

  @Test func idsTellTheirNumberToTheirOwnerAlone() {
    var texts: Set<[UInt8]> = []
    for number in [0, 1, 63, 1 << 39, 1 << 40, .max, UInt64(1) << 63] {
      for owner in [UInt64(0), 7, .max] {
        let text = OpaqueID.text(number, of: owner)
        #expect(text.count == 32 && texts.insert(text).inserted)
        #expect(OpaqueID.number(text, of: owner) == number)
        #expect(OpaqueID.number(text, of: owner ^ 1) == nil)
        var damaged = text
        damaged[20] = damaged[20] == 0x41 ? 0x42 : 0x41
        #expect(OpaqueID.number(damaged, of: owner) == nil)
      }
    }
  }
}
