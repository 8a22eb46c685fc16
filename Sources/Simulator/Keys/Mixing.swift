/// A well mixed 64-bit number from another: the finalizer of SplitMix64 (Steele, Lea, Flood 2014).
///
/// A pure function, so that everything about an object follows from the seed and its slot.
@inline(__always)
func mixed(_ value: UInt64) -> UInt64 {
  var mix = value &+ 0x9E37_79B9_7F4A_7C15
  mix = (mix ^ (mix >> 30)) &* 0xBF58_476D_1CE4_E5B9
  mix = (mix ^ (mix >> 27)) &* 0x94D0_49BB_1331_11EB
  return mix ^ (mix >> 31)
}

/// A number from a seed and a slot; `lane` keeps the uses of one slot independent of each other.
@inline(__always)
func mixed(seed: UInt64, slot: Int, lane: UInt64) -> UInt64 {
  mixed(mixed(seed &+ lane &* 0xD1B5_4A32_D192_ED03) ^ UInt64(truncatingIfNeeded: slot))
}

/// A number from a text, the same in every process: FNV-1a, then mixed.
func mixed(text: String) -> UInt64 {
  var hash: UInt64 = 0xCBF2_9CE4_8422_2325
  for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
  return mixed(hash)
}
