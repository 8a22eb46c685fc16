import Testing
import Vocabulary

/// Times in all the forms that servers, programs and caches write.
@Suite struct WrittenTimeTests {
  @Test(
    arguments: [
      ("2024-09-06T13:15:11.9262355-03:00", "2024-09-06T16:15:11.926Z"),
      ("2024-08-26T18:20:55+0000", "2024-08-26T18:20:55Z"),
      ("2018-03-13T19:25:04+02:00", "2018-03-13T17:25:04Z"),
      ("2018-03-13T19:25:04+02", "2018-03-13T17:25:04Z"),
      ("2018-03-13T22:55:04+0530", "2018-03-13T17:25:04Z"),
      ("2018-01-01T01:00:00+02:00", "2017-12-31T23:00:00Z"),
      ("2018-12-31T23:30:00.5-01:00", "2019-01-01T00:30:00.500Z"),
      ("2018-03-13T17:25:04Z", "2018-03-13T17:25:04Z"),
      ("2018-03-13t17:25:04z", "2018-03-13T17:25:04Z"),
      ("2018-03-13 17:25:04Z", "2018-03-13T17:25:04Z"),
      ("2018-03-13T17:25:04 Z", "2018-03-13T17:25:04Z"),
      ("2018-03-13 17:25:04 UTC", "2018-03-13T17:25:04Z"),
      ("2018-03-13 17:25:04 +0000", "2018-03-13T17:25:04Z"),
      ("2018-03-13T17:25:04GMT", "2018-03-13T17:25:04Z"),
      ("2018-03-13T17:25:04.1234567890123Z", "2018-03-13T17:25:04.123Z"),
      ("2018-03-13T17:25:04,5Z", "2018-03-13T17:25:04.500Z"),
      ("\n  2018-03-13T17:25:04Z\t\r\n", "2018-03-13T17:25:04Z"),
      ("20180313T172504Z", "2018-03-13T17:25:04Z"),
      ("20180313T172504.25Z", "2018-03-13T17:25:04.250Z"),
      ("20180313T192504+0200", "2018-03-13T17:25:04Z"),
      ("2018-03-13T17:25Z", "2018-03-13T17:25:00Z"),
      ("Tue, 13 Mar 2018 17:25:04 GMT", "2018-03-13T17:25:04Z"),
      ("Tue, 13 Mar 2018 19:25:04 +0200", "2018-03-13T17:25:04Z"),
      ("Tue, 3 Mar 2018 07:25 GMT", "2018-03-03T07:25:00Z"),
      ("13 Mar 2018 17:25:04 GMT", "2018-03-13T17:25:04Z"),
      ("Tuesday, 13-Mar-18 17:25:04 GMT", "2018-03-13T17:25:04Z"),
      ("Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06T08:49:37Z"),
      ("1520961904", "2018-03-13T17:25:04Z"),
    ])
  func readsTimesWithAZone(text: String, moment: String) {
    #expect(Timestamp(written: text, needsZone: true)?.iso8601 == moment)
  }

  @Test(arguments: [
    ("2018-03-13T17:25:04", "2018-03-13T17:25:04Z"),
    ("2018-03-13 17:25:04.75", "2018-03-13T17:25:04.750Z"),
    ("20180313T172504", "2018-03-13T17:25:04Z"), ("2018-03-13", "2018-03-13T00:00:00Z"),
    ("Tue Mar 13 17:25:04 2018", "2018-03-13T17:25:04Z"),
    ("Sat Mar  3 17:25:04 2018", "2018-03-03T17:25:04Z"),
    ("Tue, 13 Mar 2018 17:25:04", "2018-03-13T17:25:04Z"),
  ])
  func takesATimeWithoutAZoneForUTCWhereThatMayBe(text: String, moment: String) {
    #expect(Timestamp(written: text)?.iso8601 == moment)
    #expect(Timestamp(written: text, needsZone: true) == nil)
  }

  @Test(
    arguments: [
      ("0", 0), ("1520961904", 1_520_961_904_000), ("1520961904.5", 1_520_961_904_500),
      ("1520961904.0", 1_520_961_904_000), (" 1520961904\n", 1_520_961_904_000),
    ] as [(String, Int64)])
  func readsSecondsSince1970(text: String, milliseconds: Int64) {
    #expect(Timestamp(written: text)?.millisecondsSinceEpoch == milliseconds)
  }

  @Test(arguments: [
    "", " ", "today", "0000-00-00T00:00:00Z", "0000-01-01T00:00:00Z", "2018-03-13T24:00:00Z",
    "2018-02-29T00:00:00Z", "2018-13-01T00:00:00Z", "2018-03-00T00:00:00Z", "2018-03-13T17:60:00Z",
    "2018-03-13T17:25:61Z", "2018-03-13T17:25:04.Z", "2018-03-13T17:25:04ZZ",
    "2018-03-13T17:25:04CET", "2018-03-13T17:25:04+2:00", "2018-03-13T17:25:04+02:",
    "2018-03-13T17:25:04+24:00", "2018-03-13T17:25:04+02:60", "2018-03-13T", "2018-03T17:25:04Z",
    "2018-3-13T17:25:04Z", "2018-0313T17:25:04Z", ":2018-03-13T17:25:04Z", "18-03-13T17:25:04Z",
    "2018-03-13T17:2504Z", "2018-03-13T1725:04Z", "-1", "1520961904000", "1520961904.", "1e9",
    "99999999999999999999999999999", "Tue, 13 Okt 2018 17:25:04 GMT",
    "Tue, 32 Mar 2018 17:25:04 GMT", "Tue, 13 Mar 20180 17:25:04 GMT", "Tue Mar 13 17:25:04 GMT",
    "２018-03-13T17:25:04Z", "2018-03-13T17:25:04Z and then more than any time could ever have",
  ])
  func refusesWhatIsNoTime(text: String) {
    #expect(Timestamp(written: text) == nil)
  }

  /// Whatever comes, it is read or refused; and what the program writes is read as it was meant.
  @Test func survivesDamagedTimes() {
    let forms = [
      "2018-03-13T17:25:04.123+02:00", "Tue, 13 Mar 2018 17:25:04 GMT", "Tue Mar 13 17:25:04 2018",
    ].map { Array($0.utf8) }
    for form in forms {
      for index in form.indices {
        for byte in Array("09zZ:-+., T\n".utf8) + [0, 0xFF] {
          var changed = form
          changed[index] = byte
          _ = Timestamp(written: changed)
          changed.remove(at: index)
          _ = Timestamp(written: changed)
        }
        _ = Timestamp(written: form[..<index])
      }
    }
  }
}
