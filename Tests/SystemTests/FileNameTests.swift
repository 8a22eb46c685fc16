import System
import Testing

@Suite struct FileNameTests {
  @Test(arguments: [
    ("", FileName.Fault.empty), (".", .dots), ("..", .dots), ("a/b", .slash), ("/", .slash),
    ("a\0b", .zeroByte), (String(repeating: "x", count: 256), .tooLong),
  ])
  func refusesWhatIsNoName(text: String, fault: FileName.Fault) {
    #expect(throws: fault) { try FileName(text.utf8) }
  }

  @Test(arguments: ["a", "...", "..a", "C:", "\\\\srv\\x", " ", "-rf", "é", "\n"])
  func takesWhatOnlyLooksStrange(text: String) throws {
    #expect(try FileName(text.utf8).bytes == Array(text.utf8))
  }

  @Test func takesBytesThatAreNoText() throws {
    #expect(try FileName([0xFF, 0x80]).bytes == [0xFF, 0x80])
  }

  @Test func hasTheOrderOfItsBytes() throws {
    #expect(try FileName("a".utf8) < FileName("ab".utf8))
    #expect(try FileName("z".utf8) < FileName("é".utf8))
  }
}
