internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// What the system lets this process have: with less, a library below ends it without a word.
enum ProcessLimits {
  private static let openFilesMin: rlim_t = 32
  private static let openFilesWanted: rlim_t = 1_024

  /// Takes what the process may have of open files, and says what is too little.
  ///
  /// - Throws: `CommandFailure`, before anything is begun that could not be ended.
  static func check() throws(CommandFailure) {
    let files = raised(RLIMIT_NOFILE, to: openFilesWanted)
    guard files >= openFilesMin else {
      throw CommandFailure(
        message: "this process may have only \(files) open files, and needs \(openFilesMin)",
        hint: "raise the limit: ulimit -n 1024")
    }
    let memory = raised(RLIMIT_AS, to: 0)
    guard memory >= memoryMin else {
      throw CommandFailure(
        message: "this process may have only \(memory >> 20) MiB of address space, and needs "
          + "\(memoryMin >> 20)",
        hint: "raise the limit: ulimit -v \(memoryMin >> 10)")
    }
  }

  /// Address space, of which little is ever used: each thread reserves some for its stack and its heap.
  private static let memoryMin: rlim_t = 1 << 30

  /// Makes sure that there can be as many threads at once as a command may need.
  ///
  /// Where a thread cannot be made, the system's queues wait for one for ever, and all that waits for
  /// them does too. Whether one can be made is known only by trying: limits count all threads of a
  /// user, or of a container.
  ///
  /// - Throws: `tooFewThreads`.
  static func checkThreads() throws(CommandFailure) {
    let gate = Mutex(())
    let threads = gate.withLock { _ in
      (0..<threadsMin).compactMap { _ in SystemThread { gate.withLock { _ in } } }
    }
    for thread in threads { thread.join() }
    guard threads.count == threadsMin else { throw tooFewThreads }
  }

  /// Why there are too few threads, and the way out.
  static var tooFewThreads: CommandFailure {
    CommandFailure(
      message: "this process may have fewer than the \(threadsMin + 2) threads that it needs",
      hint: "raise the limit of processes and threads: ulimit -u, or that of the container")
  }

  /// One a processor for tasks, and those of the index, the network, the output and the queues.
  private static let threadsMin = min(max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))), 8) + 8

  #if canImport(Glibc)
    private typealias Resource = __rlimit_resource
  #else
    private typealias Resource = Int32
  #endif

  /// The limit of a resource, after it was raised as far as that is allowed and wanted.
  private static func raised(_ resource: Resource, to wanted: rlim_t) -> rlim_t {
    var limit = rlimit()
    #if canImport(Glibc)
      let number = __rlimit_resource_t(resource.rawValue)
    #else
      let number = resource
    #endif
    guard getrlimit(number, &limit) == 0 else { return .max }
    guard limit.rlim_cur < wanted, limit.rlim_cur < limit.rlim_max else { return limit.rlim_cur }
    let before = limit.rlim_cur
    limit.rlim_cur = min(wanted, limit.rlim_max)
    return setrlimit(number, &limit) == 0 ? limit.rlim_cur : before
  }
}
