internal import Dispatch

/// Runs an actor's work on a serial queue of its own, so that SQLite, a disk or a slow reader never
/// blocks the cooperative pool.
///
/// (`DispatchSerialQueue`, which is an executor already, does not exist on Linux.)
package final class SerialQueueExecutor: SerialExecutor {
  private let queue: DispatchQueue

  /// `label` names the queue in debuggers and crash reports: what the actor is.
  package init(label: String) {
    queue = DispatchQueue(label: "s3audit.\(label)")
  }

  package func enqueue(_ job: consuming ExecutorJob) {
    let unowned = UnownedJob(job)
    let executor = asUnownedSerialExecutor()
    queue.async { unowned.runSynchronously(on: executor) }
  }
}
