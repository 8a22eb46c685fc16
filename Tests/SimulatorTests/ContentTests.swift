import Testing

@testable import Simulator

/// Bytes of objects, at any place and of any size.
@Suite struct ContentTests {
  private func bytes(_ content: Content, _ range: Range<Int64>) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
      content.read(at: range.lowerBound, into: UnsafeMutableRawBufferPointer(buffer))
      count = range.count
    }
  }

  @Test func anyPlaceIsTheSameHoweverItIsReached() {
    let content = Content(seed: 7, count: 1_000)
    let whole = bytes(content, 0..<1_000)
    for begin in [0, 1, 7, 8, 9, 63, 500] {
      for count in [0, 1, 7, 8, 9, 17, 400] {
        let range = Int64(begin)..<Int64(begin + count)
        #expect(bytes(content, range) == Array(whole[begin..<begin + count]))
        #expect(
          bytes(content.slice(range), 0..<Int64(count)) == Array(whole[begin..<begin + count]))
      }
    }
    #expect(Set(whole).count > 200, "bytes of every kind")
    #expect(bytes(Content(seed: 8, count: 1_000), 0..<1_000) != whole)
  }

  @Test func piecesFollowOneAnother() {
    var content = Content([1, 2, 3])
    content.append(Content(seed: 1, count: 20).slice(5..<11))
    content.append(Content([]))
    content.append(Content([4, 5]))
    let expected = [1, 2, 3] + bytes(Content(seed: 1, count: 20), 5..<11) + [4, 5]
    #expect(content.count == 11)
    #expect(bytes(content, 0..<11) == expected)
    #expect(bytes(content, 2..<10) == Array(expected[2..<10]))
    var chunks: [UInt8] = []
    content.slice(1..<11).forEachChunk(in: 0..<10) { chunks += Array($0) }
    #expect(chunks == Array(expected[1...]))
  }

  @Test func farPlacesCostNothing() {
    let content = Content(seed: 3, count: 5 << 40)
    #expect(bytes(content, (5 << 40) - 16..<5 << 40).count == 16)
  }

  @Test(arguments: [
    ("bytes=0-0", ByteRange.from(0, through: 0)), ("bytes=5-", .from(5, through: nil)),
    ("bytes=-3", .last(3)),
  ])
  func readsRanges(_ text: String, _ range: ByteRange) { #expect(ByteRange(text) == range) }

  @Test(arguments: [
    "bytes=", "bytes=-", "bytes=5-2", "bytes=1-2,4-5", "lines=1-2", "bytes=a-b", "bytes=1",
  ])
  func passesOverWhatIsNoRange(_ text: String) { #expect(ByteRange(text) == nil) }

  @Test func rangesEndWithTheObject() {
    #expect(ByteRange.from(2, through: 99).resolved(in: 10) == 2..<10)
    #expect(ByteRange.from(10, through: nil).resolved(in: 10) == nil)
    #expect(ByteRange.last(99).resolved(in: 10) == 0..<10)
    #expect(ByteRange.last(0).resolved(in: 10) == nil)
    #expect(ByteRange.last(1).resolved(in: 0) == nil)
  }
}
