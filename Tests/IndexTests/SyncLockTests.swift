import Foundation
import IndexFixtures
import TestSupport
import Testing
import Vocabulary

@testable import Index

@Suite(.enabled(if: OtherProcess.isPossible, "python3 is not installed"))
struct SyncLockTests {
  @Test func refusesASecondHolderAndNamesTheFirst() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("index.sqlite3")
    let holder = try OtherProcess.holdingLock(of: path)
    let error = #expect(throws: IndexError.self) { _ = try SyncLock(indexPath: path) }
    #expect(error == .busy(path: path, pid: holder.pid))
    // Not even the index is made by a program that may not write it.
    #expect(throws: IndexError.self) {
      _ = try IndexWriter(path: path) { Timestamp(millisecondsSinceEpoch: 0) }
    }
    #expect(!FileManager.default.fileExists(atPath: path))
    holder.kill()
  }

  @Test func isFreeAfterItsHolderWasKilled() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("index.sqlite3")
    try OtherProcess.holdingLock(of: path).kill()
    try patiently { _ = try SyncLock(indexPath: path) }
    let pid = try String(contentsOfFile: path + ".lock", encoding: .utf8)
    #expect(pid == "\(ProcessInfo.processInfo.processIdentifier)\n")
  }

  @Test func refusesOtherProcessesWhileItIsHeld() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("index.sqlite3")
    let lock = try SyncLock(indexPath: path)
    #expect(throws: OtherProcess.Refusal.self) { _ = try OtherProcess.holdingLock(of: path) }
    withExtendedLifetime(lock) {}
  }

  @Test func isOfNoUseOnAFileThatWasRemoved() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("index.sqlite3")
    let removed = try SyncLock(indexPath: path)
    removed.removeIfNew()
    #expect(!FileManager.default.fileExists(atPath: path + ".lock"))
    // The next holder has a file of its own, and keeps everybody else away.
    let lock = try SyncLock(indexPath: path)
    #expect(throws: IndexError.self) { _ = try SyncLock(indexPath: path) }
    withExtendedLifetime(removed) {}
    withExtendedLifetime(lock) {}
  }

  @Test func isNotInheritedByProgramsThatItsHolderStarts() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("index.sqlite3")
    // Unlike Foundation's Process, popen leaves the child every file that does not close itself.
    let child: UnsafeMutablePointer<FILE>
    let started = folder.file("started")
    #expect(mkfifo(started, 0o600) == 0)
    do {
      let lock = try SyncLock(indexPath: path)
      child = try #require(popen("echo > '\(started)'; cat > /dev/null", "w"))
      // The files close when the child becomes another program, a moment after popen returns.
      close(open(started, O_RDONLY))
      withExtendedLifetime(lock) {}
    }
    defer { pclose(child) }
    try patiently { _ = try SyncLock(indexPath: path) }
  }

  @Test func isFreeAgainInTheSameProcess() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("index.sqlite3")
    do {
      let lock = try SyncLock(indexPath: path)
      #expect(throws: IndexError.self) { _ = try SyncLock(indexPath: path) }
      withExtendedLifetime(lock) {}
    }
    try patiently { _ = try SyncLock(indexPath: path) }
  }
}

/// A process that takes an index's lock as a sync does, and keeps it until it is killed.
private struct OtherProcess {
  private let process: Process

  /// The lock was held already.
  struct Refusal: Error {}

  private static let python = ["/usr/bin/python3", "/usr/local/bin/python3"]
    .first(where: FileManager.default.isExecutableFile)

  static var isPossible: Bool { python != nil }

  var pid: Int32 { process.processIdentifier }

  static func holdingLock(of indexPath: String) throws -> OtherProcess {
    let process = Process()
    process.executableURL = URL(filePath: try #require(python))
    process.arguments = ["-c", script, indexPath + ".lock"]
    let output = Pipe()
    let input = Pipe()
    process.standardOutput = output
    process.standardInput = input
    process.standardError = FileHandle.nullDevice
    try process.run()
    let other = OtherProcess(process: process)
    guard firstByte(of: output) != nil else {
      other.kill()
      throw Refusal()
    }
    return other
  }

  /// The first byte that is written into the pipe; nil when its writer ends without one.
  private static func firstByte(of pipe: Pipe) -> UInt8? {
    var byte: UInt8 = 0
    while true {
      let count = read(pipe.fileHandleForReading.fileDescriptor, &byte, 1)
      guard count < 0, errno == EINTR else { return count == 1 ? byte : nil }
    }
  }

  func kill() {
    _ = Foundation.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  private static let script = """
    import fcntl, os, sys
    file = open(sys.argv[1], "a+")
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    print("held", flush=True)
    sys.stdin.read()
    """
}
