/// A line with a name, a delimiter and a value.
struct PropertyLine {
  let name: Substring
  let delimiter: Unicode.Scalar
  let value: Substring

  /// Around the first of the delimiters, trimmed; nil without one.
  ///
  /// A comment begins at `#` or `;` after a blank. The AWS CLI knows no such comments and its SDKs do;
  /// only a `credential_process` is given on as it stands, where such a word may be an argument.
  init?(_ line: Substring, delimiters: Set<Unicode.Scalar>) {
    let scalars = line.unicodeScalars
    guard let middle = scalars.firstIndex(where: delimiters.contains) else { return nil }
    name = trimmingBlanks(line[..<middle])
    delimiter = scalars[middle]
    let rest = line[scalars.index(after: middle)...]
    value = trimmingBlanks(
      name.lowercased() == "credential_process" ? rest : Self.withoutComment(rest))
  }

  private static func withoutComment(_ text: Substring) -> Substring {
    var previous: Unicode.Scalar?
    for index in text.unicodeScalars.indices {
      let scalar = text.unicodeScalars[index]
      if scalar == "#" || scalar == ";", previous == " " || previous == "\t" {
        return text[..<index]
      }
      previous = scalar
    }
    return text
  }
}
