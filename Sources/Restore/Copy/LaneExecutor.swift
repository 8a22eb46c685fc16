internal import Dispatch

/// Runs a lane and all of its tasks on one serial queue, what they call outside of the lane included: a file
/// is asked for, checked and written without a change of threads but for the answer.
///
/// A task has to be started with it as its preference, and the lane's actor has to have it as its executor.
final class LaneExecutor: SerialExecutor, TaskExecutor {
  private let queue: DispatchQueue

  /// `label` names the queue in debuggers and crash reports.
  init(label: String) {
    queue = DispatchQueue(label: "s3audit.\(label)")
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let unowned = UnownedJob(job)
    let (lane, tasks) = (asUnownedSerialExecutor(), asUnownedTaskExecutor())
    queue.async { unowned.runSynchronously(isolatedTo: lane, taskExecutor: tasks) }
  }
}
