internal import Arguments
internal import System
internal import Vocabulary

/// `--receipt`: where a listing says that it is whole.
///
/// A file is there whole or not at all, and none is left of an earlier listing: whoever finds one can believe it.
struct ReceiptFile: Sendable {
  private enum Place: Sendable {
    case path(String)
    case open(InheritedFile)
  }

  private let place: Place

  /// Finds out whether it can be written, before anything is listed.
  ///
  /// - Throws: `SystemError`; `UsageError` where it would come among the objects.
  init(_ path: String) throws {
    let behind = UsageError(
      "The receipt would come behind the objects.",
      hint: "name a file, or another number, as in --receipt /dev/fd/3 3> receipt.json")
    // Elsewhere a dash is standard output.
    guard path != "-" else { throw behind }
    if let file = try InheritedFile(path: path) {
      guard !file.isOutput else { throw behind }
      place = .open(file)
    } else {
      if let output = FileIdentity.ofOutput, FileIdentity(at: path) == output {
        throw UsageError(
          "The receipt would take the place of the objects, which are written to the same file.",
          hint: "name another file")
      }
      try FileReplacement.tryOut(path)
      place = .path(path)
    }
  }

  /// Removes the receipt of an earlier listing; of a link, what it leads to.
  func clear() throws {
    guard case .path(let path) = place, FileSystem.status(of: path)?.kind == .file else { return }
    try FileSystem.remove(RealPath.of(path))
  }

  /// Writes the receipt, as one line.
  func write(_ receipt: RangeReceipt) throws {
    let line = receipt.json.encoded() + [UInt8(ascii: "\n")]
    switch place {
    case .open(let file): try file.write(line)
    case .path(let path):
      let file = try FileReplacement(of: path)
      try file.write(line)
      try file.commit()
    }
  }
}
