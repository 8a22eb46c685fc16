import Restore
import Testing
import Vocabulary

@testable import S3AuditCLI

@Suite struct RestoreProgressTextTests {
  private func sample(
    keys: Int64?, done: Int64, bytes: Int64?, bytesDone: Int64, fetched: Int64,
    milliseconds: Int64 = 1_000, trouble: Int64 = 0
  ) -> RestoreSample {
    var snapshot = RestoreProgress.Snapshot()
    (snapshot.keys, snapshot.keysDone, snapshot.bytes) = (keys, done, bytes)
    (snapshot.bytesDone, snapshot.bytesFetched) = (bytesDone, fetched)
    snapshot.keysInTrouble = trouble
    return RestoreSample(snapshot: snapshot, retries: 0, milliseconds: milliseconds)
  }

  private func total(_ sample: RestoreSample, since earlier: RestoreSample? = nil) -> String {
    RestoreProgressText.total(sample, since: earlier, unit: .auto)
  }

  @Test func saysHowMuchOfAllIsThereAndHowLongTheRestTakes() {
    let now = sample(keys: 900, done: 120, bytes: 12 << 20, bytesDone: 3 << 20, fetched: 3 << 20)
    #expect(
      total(now)
        == "120/900 files  3.0 MiB of 12.0 MiB (25 %)  3.0 MiB/s  0 retries  ETA 3 s")
  }

  @Test func ratesLookBackToTheEarlierSample() {
    let earlier = sample(keys: 9, done: 0, bytes: 100, bytesDone: 20, fetched: 20)
    let now = sample(
      keys: 9, done: 1, bytes: 100, bytesDone: 40, fetched: 30, milliseconds: 2_000)
    #expect(
      total(now, since: earlier)
        == "1/9 files  40 B of 100 B (40 %)  10 B/s  0 retries  ETA 3 s")
  }

  @Test func countsKeysWhereSizesAreNotKnown() {
    let now = sample(keys: 10, done: 2, bytes: nil, bytesDone: 50, fetched: 50, trouble: 1)
    #expect(total(now) == "2/10 files  50 B  50 B/s  0 retries  1 not restored  ETA 4 s")
  }

  @Test func saysNothingOfWhatIsNotKnown() {
    let now = sample(keys: nil, done: 0, bytes: nil, bytesDone: 0, fetched: 0)
    #expect(total(now) == "0 files  0 B  0 B/s  0 retries")
  }
}
