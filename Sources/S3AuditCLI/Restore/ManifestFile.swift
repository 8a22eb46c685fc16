internal import Restore
internal import System

/// A manifest on the disk, read piece by piece.
struct ManifestFile: ManifestSource {
  private let path: String
  private let file: SequentialFile

  init(path: String) throws(ManifestError) {
    self.path = path
    do throws(SystemError) {
      file = try SequentialFile(reading: path)
    } catch {
      throw ManifestError(.unreadable(error.reason), path: path)
    }
  }

  mutating func next() throws(ManifestError) -> [UInt8] {
    do throws(SystemError) {
      return try file.next(bytesMax: 256 << 10)
    } catch {
      throw ManifestError(.unreadable(error.reason), path: path)
    }
  }
}
