internal import Synchronization

#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A program that was started, and not reaped yet.
struct SpawnedProcess: Sendable {
  /// What it prints to standard output.
  let output: SequentialFile
  private let number: pid_t

  /// One start at a time: a program started between another's pipe and its flag would keep it open.
  private static let startingOne = Mutex(())

  /// Starts a program, which is looked for in `PATH`, with its arguments.
  ///
  /// Its standard input and its error output are ours; nothing else of ours is open in it.
  init(_ words: [String], environment: [String: String]) throws(SystemError) {
    let (number, output) = try Self.startingOne.withLock { (_) throws(SystemError) in
      try spawn(words, environment)
    }
    self.number = number
    self.output = SequentialFile(Descriptor(output), path: words[0])
  }

  func kill() { _ = systemKill(number, SIGKILL) }

  /// Returns when it has ended; its number stays its own.
  func waitForEnd() {
    _ = uninterrupted {
      var information = unsafe siginfo_t()
      return unsafe waitid(P_PID, id_t(number), &information, WEXITED | WNOWAIT)
    }
  }

  /// How it ended; from here on its number may be another's.
  func reap() -> ChildProcess.Outcome.Ending {
    var status: Int32 = 0
    // Where SIGCHLD is ignored the system keeps no status; what was printed decides.
    guard uninterrupted({ unsafe waitpid(number, &status, 0) }) != nil else {
      return .exit(status: 0)
    }
    // The macros of wait(2) are not imported.
    let signal = status & 0x7f
    return signal == 0 ? .exit(status: status >> 8 & 0xff) : .signal(signal)
  }
}

private func systemKill(_ number: pid_t, _ signal: Int32) -> Int32 { kill(number, signal) }

/// Starts a program whose output can be read from the file returned.
private func spawn(
  _ words: [String], _ environment: [String: String]
) throws(SystemError) -> (child: pid_t, output: Int32) {
  let (reading, writing) = try makePipe()
  defer { close(writing) }

  #if canImport(Darwin)
    var actions: posix_spawn_file_actions_t?
    var attributes: posix_spawnattr_t?
  #else
    var actions = unsafe posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
  #endif
  unsafe posix_spawn_file_actions_init(&actions)
  unsafe posix_spawnattr_init(&attributes)
  defer {
    unsafe posix_spawn_file_actions_destroy(&actions)
    unsafe posix_spawnattr_destroy(&attributes)
  }
  unsafe posix_spawn_file_actions_adddup2(&actions, writing, STDOUT_FILENO)
  var flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
  // Not everything of ours is closed by itself: libcurl's sockets are not.
  #if canImport(Darwin)
    flags |= POSIX_SPAWN_CLOEXEC_DEFAULT
    for file in [STDIN_FILENO, STDERR_FILENO] {
      unsafe posix_spawn_file_actions_addinherit_np(&actions, file)
    }
  #else
    unsafe addClosing(from: STDERR_FILENO + 1, to: &actions)
  #endif
  // We handle or ignore these, and block all on some threads; the program is to be as its author
  // knows it.
  var defaults = sigset_t()
  unsafe sigemptyset(&defaults)
  for signal in [SIGINT, SIGTERM, SIGPIPE] { unsafe sigaddset(&defaults, signal) }
  unsafe posix_spawnattr_setsigdefault(&attributes, &defaults)
  var blocked = sigset_t()
  unsafe sigemptyset(&blocked)
  unsafe posix_spawnattr_setsigmask(&attributes, &blocked)
  unsafe posix_spawnattr_setflags(&attributes, Int16(flags))

  let arguments: [UnsafeMutablePointer<CChar>?] = unsafe words.map { unsafe strdup($0) } + [nil]
  let variables: [UnsafeMutablePointer<CChar>?] =
    unsafe environment.map { unsafe strdup("\($0.key)=\($0.value)") } + [nil]
  let texts = unsafe arguments + variables
  defer { for index in unsafe texts.indices { unsafe free(texts[index]) } }
  var child = pid_t()
  let result = unsafe posix_spawnp(
    &child, words[0], &actions, &attributes, arguments, variables)
  guard result == 0 else {
    close(reading)
    throw SystemError("run", words[0], code: result)
  }
  return (child, reading)
}

#if !canImport(Darwin)
  /// Has the program begin without any open file from number `first` on.
  private func addClosing(from first: Int32, to actions: inout posix_spawn_file_actions_t) {
    typealias CloseFrom =
      @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32
    // In glibc since 2.34, so it is not linked; nil is RTLD_DEFAULT.
    if let symbol = unsafe dlsym(nil, "posix_spawn_file_actions_addclosefrom_np"),
      unsafe unsafeBitCast(symbol, to: CloseFrom.self)(&actions, first) == 0
    {
      return
    }
    for file in openFiles() where file >= first {
      unsafe posix_spawn_file_actions_addclose(&actions, file)
    }
  }

  /// The numbers of the files that are open now, and of those by which that was read.
  private func openFiles() -> [Int32] {
    // Without this folder nobody can tell what is open.
    let names = try? Folder(opening: "/proc/self/fd").names()
    return (names ?? []).compactMap { Int32($0.description) }
  }
#endif
