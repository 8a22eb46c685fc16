import Restore

/// A manifest in memory, handed out at once.
struct Whole: ManifestSource {
  var bytes: [UInt8]

  mutating func next() throws(ManifestError) -> [UInt8] {
    defer { bytes = [] }
    return bytes
  }
}
