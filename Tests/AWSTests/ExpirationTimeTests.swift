import AWS
import Signing
import Testing

@Suite struct ExpirationTimeTests {
  @Test(
    arguments: [
      ("1970-01-01T00:00:00Z", 0),
      ("2021-09-21T04:16:53Z", 1_632_197_813),
      ("2021-09-21T04:16:53.999999Z", 1_632_197_813),
      ("2021-09-21T04:16:53+00:00", 1_632_197_813),
      ("2021-09-21T06:16:53+02:00", 1_632_197_813),
      ("2021-09-20T20:46:53-0730", 1_632_197_813),
      ("2021-09-21T06:16:53+02", 1_632_197_813),
      ("2021-09-21 04:16:53.5Z", 1_632_197_813),
      ("2020-06-17T10:02:08UTC", 1_592_388_128),
      ("2021-09-21T04:16:53Z ", 1_632_197_813),
      ("20210921T041653Z", 1_632_197_813),
      ("2021-09-21T04:16Z", 1_632_197_760),
      ("Tue, 21 Sep 2021 04:16:53 GMT", 1_632_197_813),
      ("1969-12-31T23:59:59.5Z", -1),
      ("2024-02-29T23:59:60Z", 1_709_251_200),
      ("2199-11-14T04:05:45Z", 7_253_985_945),
    ] as [(String, Int64)])
  func readsTheTimesOfServicesAndCaches(text: String, seconds: Int64) {
    #expect(SigningTime(written: text)?.secondsSinceEpoch == seconds)
  }

  @Test(arguments: [
    "", "soon", "2021-09-21", "2021-09-21T04:16:53", "2021-02-29T00:00:00Z",
    "2021-13-01T00:00:00Z", "2021-09-21T24:00:00Z", "2021-09-21T04:16:53.Z",
    "2021-09-21T04:16:53CET", "2021-09-21T04:16:53+2:00",
    "2021-09-21T04:16:53+02:", "2021-09-21T04:16:53+02:60", "20210921T041653",
  ])
  func refusesWhatNamesNoMoment(text: String) {
    #expect(SigningTime(written: text) == nil)
  }

  @Test(arguments: [-1, 0, 951_782_400, 1_632_197_813, 7_253_985_945] as [Int64])
  func readsBackWhatItWrites(seconds: Int64) {
    let time = SigningTime(secondsSinceEpoch: seconds)
    #expect(SigningTime(written: time.iso8601) == time)
  }

  @Test func writesAsTheCLIDoes() {
    #expect(
      SigningTime(secondsSinceEpoch: 1_632_197_813).iso8601 == "2021-09-21T04:16:53Z")
  }
}
