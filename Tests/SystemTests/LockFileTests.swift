import Foundation
import System
import TestSupport
import Testing

@Suite struct LockFileTests {
  private let folder: TemporaryFolder
  private let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder.file("index.lock")
  }

  @Test func oneAtATimeHasItAlone() throws {
    let first = try LockFile(making: path)
    let isFirst = try first.lock(.alone)
    #expect(isFirst)
    let second = try LockFile(opening: path)
    let (isSecond, isShared) = (try second.lock(.alone), try second.lock(.shared))
    #expect(!isSecond)
    #expect(!isShared)
    _ = consume first
    let isFree = try second.lock(.alone)
    #expect(isFree)
  }

  @Test func severalShareIt() throws {
    let first = try LockFile(making: path)
    let second = try LockFile(opening: path, isReadOnly: true)
    let (isFirst, isSecond) = (try first.lock(.shared), try second.lock(.shared))
    #expect(isFirst && isSecond)
    let third = try LockFile(opening: path)
    let isThird = try third.lock(.alone)
    #expect(!isThird)
  }

  @Test func isMadeOnceAndForItsOwner() throws {
    let file = try LockFile(making: path)
    #expect(FileSystem.status(of: path)?.mode == 0o600)
    try file.setMode(0o644)
    #expect(FileSystem.status(of: path)?.mode == 0o644)
    #expect(throws: SystemError("open", path, code: EEXIST)) { _ = try LockFile(making: path) }
  }

  @Test func followsNoLink() throws {
    try Data().write(to: URL(filePath: folder.file("theirs")))
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "theirs")
    let error = #expect(throws: SystemError.self) { _ = try LockFile(opening: path) }
    #expect(error?.isLink == true)
    #expect(throws: SystemError.self) { _ = try LockFile(making: path) }
  }

  @Test func holdsAndReplacesAFewBytes() throws {
    let file = try LockFile(making: path)
    try file.replaceContent(with: Array("a longer text".utf8))
    try file.replaceContent(with: Array("short".utf8))
    let (all, some) = (file.firstBytes(32), file.firstBytes(2))
    #expect(all == Array("short".utf8))
    #expect(some == Array("sh".utf8))
  }

  @Test func knowsThatItsNameIsAnothers() throws {
    let file = try LockFile(making: path)
    let isThere = file.isInItsPlace
    #expect(isThere)
    try FileSystem.remove(path)
    let isGone = !file.isInItsPlace
    #expect(isGone)
    let other = try LockFile(making: path)
    let (isOther, isStill) = (other.isInItsPlace, file.isInItsPlace)
    #expect(isOther)
    #expect(!isStill)
  }
}
