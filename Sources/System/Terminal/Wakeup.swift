#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Ends the wait of one thread, from any other and from handlers of signals; a wake before the wait ends it too.
package final class Wakeup: Sendable {
  let reading: Int32
  let writing: Int32

  /// - Throws: `SystemError` where there is no file left for it.
  package init() throws(SystemError) {
    (reading, writing) = try makePipe()
    // Nobody waits for the pipe itself, neither to write the byte that it holds already nor to empty it.
    for end in [reading, writing] { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
  }

  deinit {
    close(reading)
    close(writing)
  }

  package func wake() {
    var byte: UInt8 = 1
    _ = unsafe write(writing, &byte, 1)
  }

  /// Waits until it is woken.
  package func wait() {
    var waiting = pollfd(fd: reading, events: Int16(POLLIN), revents: 0)
    while unsafe poll(&waiting, 1, -1) < 0, errno == EINTR {}
    drain()
  }

  /// Waits until there is something to read on standard input, it is woken, or so much time has gone by; for ever
  /// without one.
  ///
  /// - Returns: whether there is something to read, or the end.
  package func waitForInput(milliseconds: Int32?) -> Bool {
    var waiting = [
      pollfd(fd: StandardStream.input.rawValue, events: Int16(POLLIN), revents: 0),
      pollfd(fd: reading, events: Int16(POLLIN), revents: 0),
    ]
    // A signal wakes by its handler.
    guard unsafe poll(&waiting, 2, milliseconds ?? -1) > 0 else { return false }
    if waiting[1].revents != 0 { drain() }
    return waiting[0].revents != 0
  }

  func drain() {
    var bytes = [UInt8](repeating: 0, count: 64)
    while let count = readNext(into: &bytes, from: reading), count == bytes.count {}
  }
}
