import Index
import Metrics
import Testing
import Vocabulary

@testable import S3AuditCLI

/// The exit status that metrics tell of a sync which somebody else ran.
@Suite struct MetricsStatusTests {
  @Test(arguments: [
    (SyncState.complete, S3AuditCLI.ExitStatus.done), (.partial, .refused),
    (.interrupted, .interrupted),
    (.failed, .failed),
  ])
  func isTheOneOfTheProgram(state: SyncState, status: S3AuditCLI.ExitStatus) {
    let moment = Timestamp(millisecondsSinceEpoch: 0)
    let sync = EndedSync(
      started: moment, finished: moment, state: state, requests: 0, retries: 0)
    #expect(LastSync(sync).exitStatus == status.rawValue)
  }
}
