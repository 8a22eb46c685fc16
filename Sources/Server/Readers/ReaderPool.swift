internal import Dispatch
package import Index
internal import SQLite
internal import Synchronization
internal import System
package import Vocabulary

/// A few connections that read the index, each on a thread of its own, and a queue of what is to be read.
///
/// What reads the index row by row may take all of half the threads for seconds; what kept sums answer goes
/// past it, on the others. Of what sums up in memory, one is answered at a time. While a sync writes, one of all that
/// read row by row is, and its thread rests for as long as it has read: nice values alone give a sync its share only
/// among the processes of one session (sched(7), "The autogroup feature").
///
/// A question that finds the queue full is given a moment for a place in it: a hundred quick ones at once are
/// answered, and only what comes faster than it can be read is refused.
///
/// A question is answered whole, its read transaction ended, before anything is sent: no client can hold the
/// log of the index. A connection is opened anew where the file was replaced, and closed after a second without
/// work, so that a sync can leave the index as one plain file.
///
///     pool.ask { reader in page = try AnswerPage.of(question, from: reader, now: now()) } failed: { … }
package final class ReaderPool: Sendable {
  package struct Settings: Sendable {
    package var path: String
    package var readers = 4
    package var queueMax = 64
    /// How long a question waits for a place in the queue, and how many may.
    package var patience = Duration.seconds(1)
    package var lateMax = 1_024
    package var timeout = Duration.seconds(10)

    package init(path: String, timeout: Duration = .seconds(10)) {
      self.path = path
      self.timeout = timeout
    }
  }

  /// How much of the index a question reads.
  package enum Weight: Sendable {
    /// Sums that are kept: some milliseconds.
    case light
    /// Rows of objects, or as many prefixes: up to all of them.
    case heavy
    /// The same, with as many sums in memory.
    case deep
  }

  private struct Job: Sendable {
    var number = 0
    var weight: Weight
    var arrived: ContinuousClock.Instant
    var work: @Sendable (IndexReader) throws -> Void
    var failed: @Sendable (any Error) -> Void
  }

  /// The questions of one weight.
  private struct Lane {
    var jobs: [Job] = []
    /// Those that found the queue full, in their order.
    var late: [Job] = []
    var atWork = 0
  }

  private struct State {
    var light = Lane()
    var heavy = Lane()
    var isDeepAtWork = false
    var numberOfNext = 0
    /// Since when each thread is at work; nil for one that waits.
    var busySince: [ContinuousClock.Instant?]
    var isClosed = false
    /// Whether a sync writes.
    var isBeingWritten = false
    var rest = LogRest()
    var turn = WriterTurn()

    var free: Int { busySince.count { $0 == nil } }

    subscript(_ weight: Weight) -> Lane {
      get { weight == .light ? light : heavy }
      set { if weight == .light { light = newValue } else { heavy = newValue } }
    }
  }

  package let settings: Settings
  private let now: @Sendable () -> Timestamp
  private let state: Mutex<State>
  private let isStopped = Atomic(false)
  private let arrivals = DispatchSemaphore(value: 0)
  private let threads = Mutex<[SystemThread]>([])

  /// A thread of a pool has what the main thread of a command has for deep expressions and prefixes.
  private static let stackBytes = 8 << 20
  private static let idleMilliseconds = 1_000
  /// Of each reader: the system's own cache has the file for all of them.
  private static let cacheBytes = 8 << 20
  /// What took so long may have had much in memory, of which the allocator would keep a part.
  private static let longWork = Duration.milliseconds(50)
  /// Who stops the server waits for no longer.
  private static let breathMax = Duration.milliseconds(500)

  /// - Throws: `SystemError` where the system makes no more threads.
  package init(_ settings: Settings, now: @escaping @Sendable () -> Timestamp) throws {
    self.settings = settings
    self.now = now
    state = Mutex(State(busySince: Array(repeating: nil, count: settings.readers)))
    for number in 0..<settings.readers {
      let thread = try SystemThread(stackBytes: Self.stackBytes) { [self] in run(number) }
      threads.withLock { $0.append(thread) }
    }
  }

  /// Has `work` done on one of the threads; `failed` is called instead, or when it throws.
  ///
  /// - Throws: `Problem` at once where too many wait for a place in the queue.
  package func ask(
    _ weight: Weight = .light, _ work: @escaping @Sendable (IndexReader) throws -> Void,
    failed: @escaping @Sendable (any Error) -> Void
  ) throws(Problem) {
    let taken = state.withLock { state -> Taken in
      guard !state.isClosed else { return .not }
      var job = Job(weight: weight, arrived: .now, work: work, failed: failed)
      if state[weight].jobs.count < settings.queueMax + state.free {
        state[weight].jobs.append(job)
        return .inQueue
      }
      guard state[weight].late.count < settings.lateMax else { return .not }
      state.numberOfNext += 1
      job.number = state.numberOfNext
      state[weight].late.append(job)
      return .late(number: job.number)
    }
    switch taken {
    case .inQueue: arrivals.signal()
    case .late(let number):
      let patience = Int((settings.patience / .milliseconds(1)).rounded())
      DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(patience)) { [self] in
        giveUp(number, weight)
      }
    case .not: throw Self.busy
    }
  }

  private enum Taken { case inQueue, late(number: Int), not }

  /// Refuses a question that has found no place in the queue in time.
  private func giveUp(_ number: Int, _ weight: Weight) {
    let job: Job? = state.withLock { state in
      guard let place = state[weight].late.firstIndex(where: { $0.number == number }) else {
        return nil
      }
      return state[weight].late.remove(at: place)
    }
    job?.failed(Self.busy)
  }

  static let busy = Problem(
    .busy, "As many questions wait as may wait here.", retryAfterSeconds: 1)

  /// Whether no question has gone on for much longer than it may.
  package var isAlive: Bool {
    let latest = ContinuousClock.now - settings.timeout * 2 - .seconds(5)
    return state.withLock { state in state.busySince.allSatisfy { $0.map { $0 > latest } ?? true } }
  }

  /// Ends what is being read, and the threads, and waits for them; nothing is asked any more.
  package func close() {
    isStopped.store(true, ordering: .sequentiallyConsistent)
    state.withLock { $0.isClosed = true }
    for _ in 0..<settings.readers { arrivals.signal() }
    let running = threads.withLock { threads in
      defer { threads = [] }
      return threads
    }
    for thread in running { thread.join() }
  }

  // MARK: The threads

  private func run(_ number: Int) {
    // A sync on this machine is not kept waiting by those who read what it writes.
    SystemThread.giveWay()
    let deadline = Deadline()
    var open: OpenReader?
    while true {
      if arrivals.wait(timeout: .now() + .milliseconds(Self.idleMilliseconds)) == .timedOut {
        if open != nil {
          open = nil
          Heap.trim()
        }
        if state.withLock({ $0.isClosed }) { return }
        continue
      }
      let stamp = IndexStamp(path: settings.path)
      let isBeingWritten = stamp.isBeingWritten(at: now())
      state.withLock { $0.isBeingWritten = isBeingWritten }
      restWhereLogIsLarge(stamp.logBytes)
      restWhereWriterWaits(open?.reader)
      guard let job = take(number) else {
        // What waits is for another thread, which is at work on its like.
        if state.withLock({ $0.isClosed }) { return }
        continue
      }
      defer { finish(job, number) }
      guard ContinuousClock.now - job.arrived < settings.timeout else {
        job.failed(Self.busy)
        continue
      }
      let began = ContinuousClock.now
      do {
        deadline.begin(settings.timeout)
        let reader = try current(&open, deadline)
        try job.work(reader)
      } catch {
        // Whatever is wrong with the file may be right when it is opened again.
        if Self.isAboutFile(error) { open = nil }
        job.failed(error)
      }
      deadline.clear()
      let length = ContinuousClock.now - began
      if length > Self.longWork { Heap.trim() }
      if job.weight != .light, state.withLock({ $0.isBeingWritten && !$0.isClosed }) {
        SystemClock.block(for: min(length, Self.breathMax))
      }
    }
  }

  /// The next job that this thread may do; nil where there is none.
  private func take(_ number: Int) -> Job? {
    state.withLock { state in
      let heavyMax = state.isBeingWritten ? 1 : max(1, settings.readers / 2)
      let weight: Weight
      let place: Int
      if !state.light.jobs.isEmpty {
        (weight, place) = (.light, 0)
      } else if state.heavy.atWork < heavyMax,
        let first = state.heavy.jobs.firstIndex(where: { [deep = state.isDeepAtWork] job in
          !deep || job.weight != .deep
        })
      {
        (weight, place) = (.heavy, first)
      } else {
        return nil
      }
      let job = state[weight].jobs.remove(at: place)
      state[weight].atWork += 1
      if job.weight == .deep { state.isDeepAtWork = true }
      state.busySince[number] = .now
      if !state[weight].late.isEmpty {
        state[weight].jobs.append(state[weight].late.removeFirst())
        arrivals.signal()
      }
      return job
    }
  }

  /// Waits for a moment without readers, where a sync's log has grown large.
  private func restWhereLogIsLarge(_ logBytes: Int64) {
    while state.withLock({ state in
      state.rest.goesOn(logBytes: logBytes, isIdle: state.free == settings.readers)
        && !state.isClosed
    }) {
      SystemClock.block(for: .milliseconds(10))
    }
  }

  /// Waits until a sync that begins has had its moment without readers.
  private func restWhereWriterWaits(_ reader: IndexReader?) {
    guard let reader else { return }
    while case let isKeptWaiting = reader.isKeptWaiting,
      state.withLock({ $0.turn.goesOn(isKeptWaiting: isKeptWaiting) && !$0.isClosed })
    {
      SystemClock.block(for: .milliseconds(5))
    }
  }

  private func finish(_ job: Job, _ number: Int) {
    let isAnotherWaiting = state.withLock { state in
      state.busySince[number] = nil
      state.rest.noteEnd(ofLast: state.free == settings.readers)
      state[job.weight].atWork -= 1
      if job.weight == .deep { state.isDeepAtWork = false }
      return !state.heavy.jobs.isEmpty
    }
    // Its own signal may have come when there was no thread for it.
    if isAnotherWaiting { arrivals.signal() }
  }

  private struct OpenReader {
    var reader: IndexReader
    var stamp: IndexStamp
    var schema: Int64
  }

  private func current(_ open: inout OpenReader?, _ deadline: Deadline) throws -> IndexReader {
    let stamp = IndexStamp(path: settings.path)
    if let known = open, stamp.servesReader(openedAt: known.stamp),
      try known.reader.schemaNumber() == known.schema
    {
      return known.reader
    }
    open = nil
    let reader = try IndexReader(
      path: settings.path, now: now(), groupsMax: Paging.groupsMax, cacheBytes: Self.cacheBytes
    ) { [self] in deadline.hasPassed || isStopped.load(ordering: .relaxed) }
    open = OpenReader(reader: reader, stamp: stamp, schema: try reader.schemaNumber())
    return reader
  }

  private static func isAboutFile(_ error: any Error) -> Bool {
    switch error {
    case let error as SQLiteError: error.primaryCode != .interrupted
    case let error as IndexError:
      switch error {
      case .noBucket, .noRegion, .noAccount, .noStorageClass: false
      default: true
      }
    default: false
    }
  }
}
