extension SelectedProfile {
  /// `run: aws sso login --profile work`: what to do, ready to be pasted.
  func hint(running command: String) -> String {
    let isPlain = name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      default: "_-/.%@:+".utf8.contains(byte)
      }
    }
    return "run: aws \(command) --profile \(isPlain ? name : quoted(name))"
  }
}
