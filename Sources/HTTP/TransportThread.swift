// glibc's thread types count as a part of the first C module that includes them.
import CCurl
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A thread of its own, because a blocked thread of the cooperative pool would starve all tasks.
final class TransportThread: Sendable {
  // pthread_t is an integer on Linux and a pointer on macOS, hence the boxed bit pattern.
  private let running: Mutex<RunningThread?>

  /// Libcurl's deepest calls, TLS among them, stay far below.
  private static let stackBytes = 512 << 10

  /// Starts `body` on a new thread.
  init(_ body: @escaping @Sendable () -> Void) throws(HTTPError) {
    var attributes = pthread_attr_t()
    unsafe pthread_attr_init(&attributes)
    defer { unsafe pthread_attr_destroy(&attributes) }
    let stackResult = unsafe pthread_attr_setstacksize(&attributes, Self.stackBytes)
    guard stackResult == 0 else { throw Self.error(stackResult) }

    let context = unsafe Unmanaged.passRetained(ThreadBody(body)).toOpaque()
    #if canImport(Darwin)
      var thread: pthread_t?
    #else
      var thread = pthread_t()
    #endif
    let result = unsafe pthread_create(&thread, &attributes, { unsafe runThread($0) }, context)
    guard result == 0 else {
      unsafe Unmanaged<ThreadBody>.fromOpaque(context).release()
      throw Self.error(result)
    }
    #if canImport(Darwin)
      running = Mutex(unsafe thread.map(RunningThread.init))
    #else
      running = Mutex(RunningThread(thread: thread))
    #endif
  }

  /// Returns when the thread has ended, to every caller.
  func join() {
    running.withLock { running in
      guard let thread = running?.thread else { return }
      var result: UnsafeMutableRawPointer?
      unsafe pthread_join(thread, &result)
      running = nil
    }
  }

  private static func error(_ code: Int32) -> HTTPError {
    HTTPError(.other, "the transport thread could not be started (errno \(code))", url: "")
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
  // Signals belong to the threads that expect them; above all a TLS write to a closed connection
  // must not end the process by SIGPIPE, which CURLOPT_NOSIGNAL leaves to us.
  var signals = sigset_t()
  unsafe sigfillset(&signals)
  unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
  if let context = unsafe context {
    unsafe Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue().body()
  }
  return nil
}
