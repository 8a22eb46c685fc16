/// Every kind of key that S3 allows and that has broken some client.
///
/// The order is that of the bytes: `alone` keys and whole `folders` merged; inside a folder a
/// counter, then a leaf. No folder begins another folder or an `alone` key, so the order is
/// computed, not sorted.
struct HostileKeys: Sendable {
  /// The longest key S3 allows, in bytes (Amazon S3 User Guide, "Naming Amazon S3 objects").
  static let bytesMax = 1_024

  private enum Part: Sendable {
    case alone(Int)
    case folder(Int)
  }

  private let slots: Int
  private let parts: [Part]
  /// The first slot of each part, ascending.
  private let firsts: [Int]

  init(slots: Int) {
    self.slots = slots
    let folderSlots = max(0, slots - Self.alone.count)
    let (share, rest) = folderSlots.quotientAndRemainder(dividingBy: Self.folders.count)
    var parts: [Part] = []
    var firsts: [Int] = []
    var next = 0
    func add(_ part: Part, _ count: Int) {
      guard count > 0 else { return }
      parts.append(part)
      firsts.append(next)
      next += count
    }
    var folder = 0
    for (index, key) in Self.alone.enumerated() {
      while folder < Self.folders.count, Self.folders[folder].lexicographicallyPrecedes(key) {
        add(.folder(folder), share + (folder < rest ? 1 : 0))
        folder += 1
      }
      add(.alone(index), Self.isChosen(index, of: Self.alone.count, slots: slots) ? 1 : 0)
    }
    while folder < Self.folders.count {
      add(.folder(folder), share + (folder < rest ? 1 : 0))
      folder += 1
    }
    precondition(next == slots)
    self.parts = parts
    self.firsts = firsts
  }

  /// Writes the key of a slot, at most 1024 bytes; returns its length.
  func write(at slot: Int, to out: UnsafeMutablePointer<UInt8>) -> Int {
    let part = partIndex(of: slot)
    switch parts[part] {
    case .alone(let index):
      return copy(Self.alone[index], to: out)
    case .folder(let index):
      let (counter, leaf) = (slot - firsts[part]).quotientAndRemainder(
        dividingBy: Self.leaves.count)
      var count = copy(Self.folders[index], to: out)
      count += Digits.decimal(counter, width: 8, to: out + count)
      out[count] = UInt8(ascii: "/")
      count += 1
      count += copy(Self.leaves[leaf], to: out + count)
      guard leaf == Self.leaves.count - 1 else { return count }
      while count < Self.bytesMax {
        out[count] = UInt8(ascii: "z")
        count += 1
      }
      return count
    }
  }

  /// The last part that begins at or before `slot`.
  private func partIndex(of slot: Int) -> Int {
    var low = 0
    var high = firsts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if firsts[middle] <= slot { low = middle } else { high = middle }
    }
    return low
  }

  private func copy(_ bytes: [UInt8], to out: UnsafeMutablePointer<UInt8>) -> Int {
    for (offset, byte) in bytes.enumerated() { out[offset] = byte }
    return bytes.count
  }

  /// Whether a bucket too small for all lone keys has this one: an even spread of them.
  private static func isChosen(_ index: Int, of count: Int, slots: Int) -> Bool {
    slots >= count || (index + 1) * slots / count > index * slots / count
  }
}

extension HostileKeys {
  /// Keys that stand alone, so that their first byte is the hostile one.
  ///
  /// At least two neighbours of a kind: a spare slot hides one in sixteen.
  static let alone: [[UInt8]] = sorted(
    [
      "\u{1}", "\u{1}\u{2}\u{3}", "\u{8}backspace", "\n", "\nnewline first", "\r", "\r\n",
      "\tleading tab", "\ttab\ttab", " ", "  two leading spaces", "trailing space ",
      "trailing newline\n", "trailing newlines\n\n", "carriage\rreturn", "carriage\rreturn\r",
      "\u{1B}[31mred\u{1B}[0m", "\u{1B}]52;c;aGk=\u{7}", "\u{1B}]0;title\u{7}", "\u{7F}", "\u{85}",
      "!", "\"", "\"quoted\"", "#fragment", "$(reboot)", "&amp;", "&#x1;", "'",
      "'; DROP TABLE object;--",
      "(parenthesis)", "*", "+", "+1+1", "++", "-", "-rf", "--help", ".", "..", "./", "../", "./a",
      "../../etc/passwd", "/", "//", "///", "/leading/slash", "/etc/passwd", "0", "1%2F2", "%",
      "%%",
      "%2", "%2F", "%2f", "%252F", "%00", "%0A", "%zz", "C:/windows", "C:\\windows\\system32", ":",
      ";", "<", "<b>", "</script>", "</script><script>alert(1)</script>", "<![CDATA[", "]]>", "=",
      "=1+1", "=cmd|'/C calc'!A0", "?", "?list-type=2", "@", "@SUM(1)", "@import", "A", "CON",
      "NUL",
      "[1]", "\\", "\\\\server\\share", "^", "_sim/night", "`id`", "a", "a b", "a+b", "a  b", "a/",
      "a//", "a//b", "a///b", "a/.", "a/..", "a/./b", "a/../b", "a/../../b", "a/b", "a/b/", "a/b c",
      "a/b+c", "a\\b", "aa/", "null", "undefined", "{}", "|", "~", "~root", "e\u{301}", "\u{E9}",
      "\u{AD}soft hyphen", "\u{200B}zero width", "\u{202E}gnp.exe", "\u{202E}\u{202D}", "\u{2028}",
      "\u{2029}", "\u{2066}isolate\u{2069}", "\u{3000}", "\u{D7FF}", "\u{D7FF}\u{D7FF}", "\u{E000}",
      "\u{E000}\u{E000}", "\u{FEFF}byte order mark", "\u{FFFD}", "\u{FFFD}\u{FFFD}", "\u{FFFE}",
      "\u{FFFF}", "\u{10000}", "\u{1F600}", "\u{1F469}\u{200D}\u{1F4BB}", "\u{10FFFF}",
      "\u{10FFFF}\u{10FFFF}", "\u{65E5}\u{672C}\u{8A9E}", "\u{5E9}\u{5DC}\u{5D5}\u{5DD}",
    ].map { Array($0.utf8) } + [
      Array(repeating: UInt8(ascii: "k"), count: bytesMax),
      Array(repeating: UInt8(ascii: "l"), count: bytesMax),
      Array(repeating: UInt8(ascii: "/"), count: bytesMax),
      Array(repeating: UInt8(ascii: "+"), count: bytesMax),
      Array(repeatElement(Array("\u{1F600}".utf8), count: bytesMax / 4).joined()),
      Array(repeatElement(Array("\u{10FFFF}".utf8), count: bytesMax / 4).joined()),
    ])

  /// What a large hostile bucket's keys begin with.
  static let folders: [[UInt8]] = sorted(
    [
      "\u{2}folder/", "\nfolder/", "\rfolder/", "\tfolder/", "\u{1B}[1mfolder/", " folder/",
      "%2Ffolder/", "&folder;/", "+folder/", "-folder/", "../folder/", "./folder/", "//folder/",
      "<folder>/", "=folder/", "@folder/", "\"folder\"/", "a b+folder/", "a//folder/", "folder/",
      "\u{202E}folder/", "\u{D7FF}folder/", "\u{E000}folder/", "\u{FFFD}folder/",
      "\u{1F600}folder/",
      "\u{10FFFF}folder/",
    ].map { Array($0.utf8) })

  /// What they end with; the last one is filled up to 1024 bytes.
  static let leaves: [[UInt8]] =
    sorted(
      [
        "", "\u{1}", "\n", "\r\n", "\t=1+1", " ", "%2F", "&lt;", "+", "-", ".", "..", "../..", "/",
        "//", "</script>", "=1+1", "@", "\"", "'", "\\", "a b", "a+b", "a%2Bb", "leaf", "leaf/",
        "leaf/\u{1B}[2J", "e\u{301}", "\u{202E}fdp.exe", "\u{D7FF}", "\u{E000}", "\u{FFFD}",
        "\u{1F600}", "\u{10FFFF}",
      ].map { Array($0.utf8) }) + [Array("\u{10FFFF}z".utf8)]

  private static func sorted(_ keys: [[UInt8]]) -> [[UInt8]] {
    keys.sorted { $0.lexicographicallyPrecedes($1) }
  }
}
