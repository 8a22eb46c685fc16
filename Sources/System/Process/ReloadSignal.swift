internal import Synchronization

#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// SIGHUP, by which a server is told to read its files anew.
package enum ReloadSignal {
  /// Has `onEach` called after each, on a thread that does nothing else; to be called once.
  ///
  /// Several that come at once may be taken for one.
  ///
  /// - Throws: `SystemError` where there is no pipe or no thread left.
  package static func listen(_ onEach: @escaping @Sendable () -> Void) throws(SystemError) {
    let wakeup = try Wakeup()
    // Here it gets its value: a handler may not wait for another thread to give it one.
    reloadPipe.store(wakeup.writing, ordering: .sequentiallyConsistent)
    _ = try SystemThread {
      while true {
        wakeup.wait()
        onEach()
      }
    }
    signal(SIGHUP, noteReload)
  }
}

// A handler of signals sees nothing but what is global.

private let reloadPipe = Atomic<Int32>(-1)

/// The handler: it may interrupt any code, so it calls only what signal-safety(7) allows.
private func noteReload(_ number: Int32) {
  let before = errno
  var byte: UInt8 = 1
  // A pipe that is full wakes as well.
  _ = unsafe write(reloadPipe.load(ordering: .sequentiallyConsistent), &byte, 1)
  errno = before
}
