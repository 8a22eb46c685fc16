internal import Synchronization
internal import System

/// What the system lets this process have: with less, a library below ends it without a word.
enum ProcessLimits {
  private static let openFilesMin: UInt64 = 32
  private static let openFilesWanted: UInt64 = 1_024

  /// Takes what the process may have of open files, and says what is too little.
  ///
  /// - Throws: `CommandFailure`, before anything is begun that could not be ended.
  static func check() throws(CommandFailure) {
    let files = ResourceLimit.openFiles.raise(to: openFilesWanted)
    guard files >= openFilesMin else {
      throw CommandFailure(
        message: "this process may have only \(files) open files, and needs \(openFilesMin)",
        hint: "raise the limit: ulimit -n 1024")
    }
    let memory = ResourceLimit.addressSpace.current
    guard memory >= memoryMin else {
      throw CommandFailure(
        message: "this process may have only \(memory >> 20) MiB of address space, and needs "
          + "\(memoryMin >> 20)",
        hint: "raise the limit: ulimit -v \(memoryMin >> 10)")
    }
  }

  /// Address space, of which little is ever used: each thread reserves some for its stack and its heap.
  private static let memoryMin: UInt64 = 1 << 30

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
      // What the system says of one that it does not make is the same for all.
      (0..<threadsMin).compactMap { _ in try? SystemThread { gate.withLock { _ in } } }
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
  private static let threadsMin = min(Machine.processorCount, 8) + 8
}
