extension SelectedProfile {
  /// `run: aws sso login --profile work`: what to do, ready to be pasted.
  func hint(running command: String) -> String {
    let isPlain = name.utf8.allSatisfy { isWordByte($0) || "-/.%@:+".utf8.contains($0) }
    return "run: aws \(command) --profile \(isPlain ? name : quoted(name))"
  }
}
