/// The columns a terminal gives a scalar: 0 for combining marks, 2 for wide ones, else 1.
///
/// Wide are the blocks whose East Asian Width is W or F (Unicode Annex 11) and whatever is shown as
/// an emoji by default; a regional indicator counts 1, as two of them make one flag.
func displayWidth(_ scalar: Unicode.Scalar) -> Int {
  let value = scalar.value
  if value < 0x300 { return 1 }
  switch scalar.properties.generalCategory {
  case .nonspacingMark, .enclosingMark: return 0
  default: break
  }
  // Hangul vowels and finals join the syllable before them.
  if (0x1160...0x11FF).contains(value) { return 0 }
  if (0x1F1E6...0x1F1FF).contains(value) { return 1 }
  let isWide =
    wideRanges.contains { $0.contains(value) } || scalar.properties.isEmojiPresentation
  return isWide ? 2 : 1
}

private let wideRanges: [ClosedRange<UInt32>] = [
  0x1100...0x115F, 0x2329...0x232A, 0x2E80...0x303E, 0x3041...0x4DBF, 0x4E00...0xA4CF,
  0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F,
  0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x18CFF, 0x1AFF0...0x1B2FF, 0x1F200...0x1F265,
  0x20000...0x3FFFD,
]
