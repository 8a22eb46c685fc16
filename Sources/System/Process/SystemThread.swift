internal import Synchronization

#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A thread beside those of the queues and tasks: for what must go on when they cannot, and for what blocks,
/// as a blocked thread of the cooperative pool would starve all tasks.
package final class SystemThread: Sendable {
  // pthread_t is an integer on Linux and a pointer on macOS, hence the box.
  private let running: Mutex<RunningThread?>

  /// Starts `body`, with a stack of so many bytes or the system's usual one.
  ///
  /// No signal is handled on the thread: signals belong to the threads that expect them; above all a
  /// TLS write to a closed connection must not end the process by SIGPIPE, which CURLOPT_NOSIGNAL leaves to us.
  ///
  /// - Throws: `SystemError` where the system makes no more threads.
  package init(
    stackBytes: Int? = nil, _ body: @escaping @Sendable () -> Void
  ) throws(SystemError) {
    var attributes = pthread_attr_t()
    unsafe pthread_attr_init(&attributes)
    defer { unsafe pthread_attr_destroy(&attributes) }
    if let stackBytes {
      let code = unsafe pthread_attr_setstacksize(&attributes, stackBytes)
      guard code == 0 else { throw SystemError("start", "a thread", code: code) }
    }
    let context = unsafe Unmanaged.passRetained(ThreadBody(body)).toOpaque()
    #if canImport(Darwin)
      var thread: pthread_t?
    #else
      var thread = pthread_t()
    #endif
    let code = unsafe pthread_create(&thread, &attributes, { unsafe runThread($0) }, context)
    guard code == 0 else {
      unsafe Unmanaged<ThreadBody>.fromOpaque(context).release()
      throw SystemError("start", "a thread", code: code)
    }
    #if canImport(Darwin)
      running = Mutex(unsafe thread.map(RunningThread.init))
    #else
      running = Mutex(RunningThread(thread: thread))
    #endif
  }

  /// Lets others on the machine go first from now on, for as long as the calling thread lives: what it does may wait.
  ///
  /// On Linux each thread has a nice value of its own (setpriority(2), "C library/kernel differences"). Going back takes
  /// a right that no service has.
  package static func giveWay() {
    #if canImport(Darwin)
      pthread_set_qos_class_self_np(QOS_CLASS_UTILITY, 0)
    #else
      #if canImport(Glibc)
        let which = __priority_which_t(PRIO_PROCESS.rawValue)
      #else
        let which = PRIO_PROCESS
      #endif
      // Where it is refused, the thread goes on as it is.
      _ = setpriority(which, 0, yieldingNice)
    #endif
  }

  /// A tenth of the time that a thread gets which gives way to nobody, where both have work.
  private static let yieldingNice: Int32 = 10

  /// Returns when the thread has ended, to every caller.
  package func join() {
    running.withLock { running in
      guard let thread = running?.thread else { return }
      pthread_join(thread, nil)
      running = nil
    }
  }
}

/// Safety: a thread's id is a name for it, and may be used from any thread until it is joined.
@safe private struct RunningThread: @unchecked Sendable {
  let thread: pthread_t
}

private final class ThreadBody {
  let body: @Sendable () -> Void

  init(_ body: @escaping @Sendable () -> Void) {
    self.body = body
  }
}

private func runThread(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  var signals = sigset_t()
  unsafe sigfillset(&signals)
  unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
  if let context = unsafe context {
    unsafe Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue().body()
  }
  return nil
}
