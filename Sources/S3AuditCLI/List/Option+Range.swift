internal import Arguments
internal import Vocabulary

extension KeyRange.Fault {
  /// Why what was typed is no range, and how one is written.
  var usage: UsageError {
    switch self {
    case .colons(0):
      .invalidValue("a colon stands between its ends, as in a:b, :b or a:")
    case .colons:
      .invalidValue("one colon stands between its ends; write that of a key as %3A")
    case .badEscape(let text):
      .invalidValue("'\(text)' is no byte; write one as %41, and a percent sign as %25")
    case .notAscending:
      .invalidValue("no key comes after its lower end and not after its upper one")
    }
  }
}

extension ArgumentValues {
  /// `a:b`, `:b`, `logs%3A1:`: the keys after the one end and up to the other.
  static func range(_ text: String) throws(UsageError) -> KeyRange {
    do throws(KeyRange.Fault) {
      return try KeyRange(written: text)
    } catch {
      throw error.usage
    }
  }
}
