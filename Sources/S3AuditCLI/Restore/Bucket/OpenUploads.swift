internal import Restore
internal import Synchronization

/// The uploads that a restore into a bucket leaves open when it is cancelled: whoever cancelled it has them
/// aborted, as a cancelled task sends no requests any more.
final class OpenUploads: Sendable {
  private let restore = Mutex<TargetRestore?>(nil)

  func note(_ restore: TargetRestore) {
    self.restore.withLock { $0 = restore }
  }

  func abort() async {
    await restore.withLock { $0 }?.abortUploads()
  }
}
