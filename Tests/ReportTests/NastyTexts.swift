import TestSupport

/// Keys that break careless writers, and every line of the public list when it is present.
let nastyTexts: [String] = {
  let own =
    ["", " ", "a,b", "a\"b", "\"", "\n", "\r\n", "a\tb", "\\", "\\n", "\\\n", "|", "a|b\\|c", "'"]
    + ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\u{0}", "\u{1}\u{1F}", "\u{7F}", "\u{85}"]
    + ["\u{1B}[31mred\u{1B}[0m", "\u{202E}gnp.exe", "\u{2066}x\u{2069}", "\u{2028}\u{2029}"]
    + [
      "\u{200B}\u{FEFF}", "\u{FEFF}x", "e\u{301}", "漢字", "👩‍👩‍👧", "🇨🇭", "</script>", "\u{FFFD}", "null",
    ]
  // An unreadable list leaves the literals above, and the trait of its own test says so.
  let list = (try? Vectors.data("blns.txt")).map { String(decoding: $0, as: UTF8.self) } ?? ""
  return own + list.split(separator: "\n").map(String.init)
}()

/// A small generator with a seed: Steele, Lea and Flood, "Fast splittable pseudorandom generators".
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
