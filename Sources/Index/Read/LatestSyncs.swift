/// The last sync that does not run, and the one that does.
package struct LatestSyncs: Sendable {
  package private(set) var last: SyncRow?
  package private(set) var running: SyncRow?
  /// The process of the one that runs, where that could be read.
  package private(set) var process: Int32?

  package init(_ reader: IndexReader) throws {
    var (last, running, process): (SyncRow?, SyncRow?, Int32?)
    try reader.syncs { sync in
      // One that was killed stays 'running' in the index until the next begins; its lock is looked at only then.
      if sync.state == .running, running == nil, last == nil,
        case .process(let pid) = SyncLock.holder(indexPath: reader.path)
      {
        (running, process) = (sync, pid)
        return true
      }
      last = sync
      return false
    }
    (self.last, self.running, self.process) = (last, running, process)
  }
}
