import Foundation
import System
import Testing

@Suite struct SystemErrorTests {
  @Test func saysWhatWasTriedOnWhatAndWhy() {
    let error = SystemError("rename", "/srv/a", code: ENOSPC)
    #expect(error.description == "cannot rename /srv/a: No space left on device")
    #expect(SystemError.folder("read", "x").reason == "Is a directory")
    #expect(SystemError.tooLarge("read", "x").reason == "File too large")
  }

  @Test func tellsReasonsApart() {
    let reasons: [(KeyPath<SystemError, Bool>, [Int32])] = [
      (\.isMissing, [ENOENT]), (\.isNowhere, [ENOENT, ENOTDIR]), (\.isThereAlready, [EEXIST]),
      (\.isNoFolder, [ELOOP, ENOTDIR, EMLINK]), (\.isFolder, [EISDIR]), (\.isLink, [ELOOP]),
      (\.isRefused, [EACCES, EPERM]), (\.isBrokenPipe, [EPIPE]), (\.isDiskFull, [ENOSPC, EDQUOT]),
      (\.isUnusableName, [ENAMETOOLONG, EILSEQ, EINVAL]),
    ]
    for (reason, codes) in reasons {
      for code: Int32 in 1...130 {
        #expect(SystemError("x", "y", code: code)[keyPath: reason] == codes.contains(code))
      }
    }
  }
}
