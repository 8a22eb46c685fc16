import Foundation
import TestSupport
import Testing

@testable import System

/// What goes through pipes and sockets.
@Suite(.timeLimit(.minutes(1))) struct TransferTests {
  /// The ends of a pipe, closed with their owner.
  private struct Ends: ~Copyable {
    let reading: Descriptor
    let writing: Descriptor

    init() throws {
      let (reading, writing) = try makePipe()
      self.reading = Descriptor(reading)
      self.writing = Descriptor(writing)
    }
  }

  private func put(_ bytes: [UInt8], into descriptor: Int32, isPatient: Bool = false) -> Bool {
    writeAll(bytes.span, to: descriptor, isPatient: isPatient)
  }

  /// The next bytes; none at the end.
  private func take(_ countMax: Int, from descriptor: Int32) -> ArraySlice<UInt8>? {
    var buffer = [UInt8](repeating: 0, count: countMax)
    return readNext(into: &buffer, from: descriptor).map { buffer[..<$0] }
  }

  @Test func noOtherProgramInheritsAPipe() throws {
    let ends = try Ends()
    let flags = [fcntl(ends.reading.number, F_GETFD), fcntl(ends.writing.number, F_GETFD)]
    #expect(flags == [FD_CLOEXEC, FD_CLOEXEC])
  }

  @Test func aPipeIsReadyWhenThereIsSomethingOrItsEnd() throws {
    let (reading, writing) = try makePipe()
    defer { close(reading) }
    #expect(!isReady(reading, for: Int32(POLLIN), milliseconds: 0))
    #expect(isReady(writing, for: Int32(POLLOUT), milliseconds: 0))
    #expect(put([1, 2], into: writing))
    #expect(isReady(reading, for: Int32(POLLIN), milliseconds: 0))
    #expect(take(10, from: reading) == [1, 2])
    close(writing)
    #expect(isReady(reading, for: Int32(POLLIN), milliseconds: 0))
    #expect(take(10, from: reading) == [])
  }

  /// A reader that is slow, on a pipe that says so instead of blocking.
  @Test func patienceOutlastsAFullPipe() throws {
    let ends = try Ends()
    let (reading, writing) = (ends.reading.number, ends.writing.number)
    _ = fcntl(writing, F_SETFL, O_NONBLOCK)
    let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0) }
    #expect(!put(bytes, into: writing))
    #expect(errno == EAGAIN)
    while isReady(reading, for: Int32(POLLIN), milliseconds: 0) {
      #expect(take(1 << 20, from: reading)?.isEmpty == false)
    }
    let thread = try SystemThread {
      var read: [UInt8] = []
      while read.count < bytes.count, let next = take(10_000, from: reading) { read += next }
      #expect(read == bytes)
    }
    #expect(put(bytes, into: writing, isPatient: true))
    thread.join()
  }

  private func socketPair() throws -> (Int32, Int32) {
    var ends: [Int32] = [-1, -1]
    #if canImport(Glibc)
      let kind = Int32(SOCK_STREAM.rawValue)
    #else
      let kind = SOCK_STREAM
    #endif
    try #require(socketpair(AF_UNIX, kind, 0, &ends) == 0)
    return (ends[0], ends[1])
  }

  @Test func aSocketSendsUntilTheOtherSideIsGone() throws {
    let (ours, theirs) = try socketPair()
    defer { close(ours) }
    let socket = LentSocket(descriptor: ours)
    #expect(socket.send(Array("hello".utf8)))
    #expect(take(10, from: theirs) == ArraySlice("hello".utf8))
    #expect(!socket.waitForInput(milliseconds: 0))
    close(theirs)
    // The end is something to read, and nothing can be sent; SIGPIPE would end this process.
    #expect(socket.waitForInput(milliseconds: 0))
    #expect(!socket.send([1]))
  }

  @Test func aResetSocketIsNoneOfItsConnectionAnyLonger() throws {
    let (ours, theirs) = try socketPair()
    defer { for end in [ours, theirs] { close(end) } }
    LentSocket(descriptor: ours).reset()
    #expect(take(1, from: theirs) == [])
    // The number is still open, for its owner to close.
    #expect(fcntl(ours, F_GETFD) >= 0)
  }

  @Test(arguments: [
    ("", "", 0), ("", "a", -1), ("a", "", 1), ("a", "b", -1), ("ab", "a", 1), ("a", "ab", -1),
    ("ab", "ab", 0), ("\u{0}", "", 1), ("z", "é", -1),
  ])
  func bytesSortAsNumbers(_ left: String, _ right: String, _ sign: Int) {
    let (left, right) = (Array(left.utf8), Array(right.utf8))
    #expect(Int(byteOrder(of: left.span, relativeTo: right.span).signum()) == sign)
  }

  @Test func bytesSortAsTheLibraryOfSwiftHasIt() {
    var random = SplitMix64(seed: 5)
    for _ in 0..<2_000 {
      let (left, right) = (Self.bytes(&random), Self.bytes(&random))
      let order = byteOrder(of: left.span, relativeTo: right.span)
      #expect((order < 0) == left.lexicographicallyPrecedes(right))
      #expect((order == 0) == (left == right))
    }
  }

  private static func bytes(_ random: inout SplitMix64) -> [UInt8] {
    (0..<random.below(6)).map { _ in [0, 1, 0x7F, 0x80, 0xFF][Int(random.below(5))] }
  }
}
