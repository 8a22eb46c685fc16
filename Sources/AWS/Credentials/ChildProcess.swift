internal import Dispatch
internal import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Another program that is run for what it prints.
enum ChildProcess {
  /// How it ended, and what it printed.
  struct Outcome: Sendable {
    enum Ending: Equatable, Sendable {
      case exit(status: Int32)
      case signal(Int32)
    }

    var ending: Ending
    var output: [UInt8]
  }

  enum Failure: Error, Equatable {
    /// With the error of the system.
    case notStarted(errno: Int32)
    /// It printed more than was allowed, and was killed.
    case outputTooLong
  }

  /// Runs `words`, a program and its arguments, to its end.
  ///
  /// The program is looked for in `PATH`. Its standard input and its error output are ours, so that
  /// it can ask for a password; nothing else of ours is open in it. It has all the time it takes:
  /// when the task is cancelled it is killed, and `CancellationError` is thrown at once, whoever still
  /// holds its output. No thread of the cooperative pool waits.
  static func run(
    _ words: [String], environment: [String: String], outputBytesMax: Int
  ) async throws -> Outcome {
    let run = ChildRun(outputBytesMax: outputBytesMax)
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        run.start(words, environment, continuation)
      }
    } onCancel: {
      run.cancel()
    }
  }
}

/// One run of a program, from its start until it is reaped.
private final class ChildRun: Sendable {
  typealias Continuation = CheckedContinuation<ChildProcess.Outcome, any Error>

  private enum State {
    case idle
    case running(pid_t, Continuation)
    /// Nobody waits any longer; the reader is still to reap it.
    case cancelled
    case ended
  }

  private let state = Mutex(State.idle)
  private let outputBytesMax: Int

  init(outputBytesMax: Int) {
    self.outputBytesMax = outputBytesMax
  }

  func start(_ words: [String], _ environment: [String: String], _ continuation: Continuation) {
    let started = state.withLock { state -> Result<(pid_t, Int32), any Error> in
      guard case .idle = state else { return .failure(CancellationError()) }
      do {
        let (child, output) = try startingOne.withLock { (_) throws(ChildProcess.Failure) in
          try spawn(words, environment)
        }
        state = .running(child, continuation)
        return .success((child, output))
      } catch {
        state = .ended
        return .failure(error)
      }
    }
    switch started {
    case .failure(let error): continuation.resume(throwing: error)
    case .success((let child, let output)):
      // A queue of its own is a thread of its own: it blocks until the program has ended.
      DispatchQueue(label: "s3audit.child").async { self.follow(child, output) }
    }
  }

  func cancel() {
    let waiting = state.withLock { state -> Continuation? in
      defer { state = .cancelled }
      guard case .running(let child, let continuation) = state else { return nil }
      // It has not been reaped yet, so the number is still its own.
      kill(child, SIGKILL)
      return continuation
    }
    waiting?.resume(throwing: CancellationError())
  }

  private func follow(_ child: pid_t, _ output: Int32) {
    let printed = readAll(output)
    close(output)
    if printed == nil { state.withLock { _ in _ = kill(child, SIGKILL) } }
    // Waits without reaping: until the lock is held, `cancel` may still send a signal.
    var information = siginfo_t()
    while waitid(P_PID, id_t(child), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
    let (ending, waiting) = state.withLock { state in
      defer { state = .ended }
      let ending = reap(child)
      guard case .running(_, let continuation) = state else { return (ending, Continuation?.none) }
      return (ending, continuation)
    }
    guard let printed else { waiting?.resume(throwing: ChildProcess.Failure.outputTooLong); return }
    waiting?.resume(returning: ChildProcess.Outcome(ending: ending, output: printed))
  }

  /// Nil when it is too much.
  private func readAll(_ file: Int32) -> [UInt8]? {
    var contents: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16_384)
    while true {
      let count = read(file, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return contents }
      contents += chunk[..<count]
      guard contents.count <= outputBytesMax else { return nil }
    }
  }

  private func reap(_ child: pid_t) -> ChildProcess.Outcome.Ending {
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0 {
      // Where SIGCHLD is ignored the system keeps no status; what was printed decides.
      guard errno == EINTR else { return .exit(status: 0) }
    }
    // The macros of wait(2) are not imported.
    let signal = status & 0x7f
    return signal == 0 ? .exit(status: status >> 8 & 0xff) : .signal(signal)
  }
}

/// One start at a time: a program started between another's pipe and its flag would keep it open.
private let startingOne = Mutex(())

/// Starts a program whose output can be read from the file returned.
private func spawn(
  _ words: [String], _ environment: [String: String]
) throws(ChildProcess.Failure) -> (child: pid_t, output: Int32) {
  let (reading, writing) = try pipeClosedOnExec()
  defer { close(writing) }

  #if canImport(Darwin)
    var actions: posix_spawn_file_actions_t?
    var attributes: posix_spawnattr_t?
  #else
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
  #endif
  posix_spawn_file_actions_init(&actions)
  posix_spawnattr_init(&attributes)
  defer {
    posix_spawn_file_actions_destroy(&actions)
    posix_spawnattr_destroy(&attributes)
  }
  posix_spawn_file_actions_adddup2(&actions, writing, STDOUT_FILENO)
  var flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
  // Not everything of ours is closed by itself: libcurl's sockets are not.
  #if canImport(Darwin)
    flags |= POSIX_SPAWN_CLOEXEC_DEFAULT
    for file in [STDIN_FILENO, STDERR_FILENO] {
      posix_spawn_file_actions_addinherit_np(&actions, file)
    }
  #else
    addClosing(from: STDERR_FILENO + 1, to: &actions)
  #endif
  // We handle or ignore these, and block all on some threads; the program is to be as its author
  // knows it.
  var defaults = sigset_t()
  sigemptyset(&defaults)
  for signal in [SIGINT, SIGTERM, SIGPIPE] { sigaddset(&defaults, signal) }
  posix_spawnattr_setsigdefault(&attributes, &defaults)
  var blocked = sigset_t()
  sigemptyset(&blocked)
  posix_spawnattr_setsigmask(&attributes, &blocked)
  posix_spawnattr_setflags(&attributes, Int16(flags))

  let arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
  let variables: [UnsafeMutablePointer<CChar>?] =
    environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
  defer { for text in arguments + variables { free(text) } }
  var child = pid_t()
  let result = posix_spawnp(
    &child, words[0], &actions, &attributes, arguments, variables)
  guard result == 0 else {
    close(reading)
    throw .notStarted(errno: result)
  }
  return (child, reading)
}

#if !canImport(Darwin)
  /// Has the program begin without any open file from number `first` on.
  private func addClosing(from first: Int32, to actions: inout posix_spawn_file_actions_t) {
    typealias CloseFrom =
      @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32
    // In glibc since 2.34, so it is not linked; nil is RTLD_DEFAULT.
    if let symbol = dlsym(nil, "posix_spawn_file_actions_addclosefrom_np"),
      unsafeBitCast(symbol, to: CloseFrom.self)(&actions, first) == 0
    {
      return
    }
    for file in openFiles() where file >= first {
      posix_spawn_file_actions_addclose(&actions, file)
    }
  }

  /// The numbers of the files that are open now.
  private func openFiles() -> [Int32] {
    guard let folder = opendir("/proc/self/fd") else { return [] }
    defer { closedir(folder) }
    var files: [Int32] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { name in
        name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      // But for the folder itself, and its parent.
      if let file = Int32(name), file != dirfd(folder) { files.append(file) }
    }
    return files
  }
#endif

private func pipeClosedOnExec() throws(ChildProcess.Failure) -> (reading: Int32, writing: Int32) {
  var ends: [Int32] = [-1, -1]
  guard pipe(&ends) == 0 else { throw .notStarted(errno: errno) }
  for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
  return (ends[0], ends[1])
}
