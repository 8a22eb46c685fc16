import Testing

@testable import Restore

@Suite struct StatedTimeTests {
  @Test(arguments: [
    ("1753780000", 1_753_780_000_000_000_000 as Int64?),
    ("1753780000.5", 1_753_780_000_500_000_000), ("1.000000001", 1_000_000_001),
    ("1.0000000019", 1_000_000_001), ("-1.5", -1_500_000_000), ("0", 0), ("", nil), ("1.", nil),
    ("x", nil), ("1.x", nil), ("99999999999999", nil),
  ])
  func readsSecondsWithAFraction(text: String, nanoseconds: Int64?) {
    #expect(StatedTime.nanoseconds { $0 == "x-amz-meta-mtime" ? text : nil } == nanoseconds)
  }

  @Test func readsTheTimeAmongTheAttributesOfS3cmd() {
    let attributes = "atime:1/ctime:2/gid:0/mtime:1500000000/uid:0"
    let time = StatedTime.nanoseconds { $0 == "x-amz-meta-s3cmd-attrs" ? attributes : nil }
    #expect(time == 1_500_000_000_000_000_000)
  }

  @Test func saysNothingWhereNothingIsWritten() {
    #expect(StatedTime.nanoseconds { _ in nil } == nil)
  }
}
