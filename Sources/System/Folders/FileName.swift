/// One component of a path: what a file or folder may be called in the folder that it is in.
///
/// No such name leads out of its folder: it is not empty, neither `.` nor `..`, and holds neither a
/// slash nor a zero byte. So `Folder` may give it to the system as it is.
///
/// ```swift
/// try FileName("report.csv".utf8)   // a name
/// try FileName("..".utf8)           // throws .dots
/// ```
package struct FileName: Hashable, Sendable, CustomStringConvertible {
  /// Why some bytes are no name.
  package enum Fault: Error, Equatable {
    case empty
    /// `.` or `..`.
    case dots
    case slash
    case zeroByte
    /// Over 255 bytes, the most that the file systems of Linux and macOS take.
    case tooLong
  }

  /// The bytes, and the zero byte that ends them for the system.
  private let terminated: [UInt8]

  package init(_ bytes: some Collection<UInt8>) throws(Fault) {
    try self.init(Array(bytes)[...])
  }

  /// The same for a part of a path in memory, which millions of keys are cut into.
  package init(_ bytes: ArraySlice<UInt8>) throws(Fault) {
    guard let first = bytes.first else { throw .empty }
    guard bytes.count <= Self.bytesMax else { throw .tooLong }
    var terminated: [UInt8] = []
    terminated.reserveCapacity(bytes.count + 1)
    for byte in bytes where byte == 0 || byte == UInt8(ascii: "/") {
      throw byte == 0 ? .zeroByte : .slash
    }
    let dot = UInt8(ascii: ".")
    guard first != dot || bytes.count > 2 || bytes.last != dot else { throw .dots }
    terminated.append(contentsOf: bytes)
    terminated.append(0)
    self.terminated = terminated
  }

  /// The most bytes of a name, on all file systems that matter here.
  package static let bytesMax = 255

  package var bytes: [UInt8] { Array(terminated.dropLast()) }

  /// For messages; bytes that are not UTF-8 are replaced.
  package var description: String { String(decoding: bytes, as: UTF8.self) }

  package func hasPrefix(_ prefix: String) -> Bool {
    // The first byte tells of nearly all names that they do not begin so.
    terminated.first == prefix.utf8.first && terminated.starts(with: prefix.utf8)
  }

  /// Hands the name to a call of the system.
  @safe func withCString<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
    unsafe terminated.withUnsafeBytes { buffer in
      let characters = unsafe buffer.assumingMemoryBound(to: CChar.self)
      guard let start = characters.baseAddress else {
        preconditionFailure("a name is never empty")
      }
      return unsafe body(start)
    }
  }
}

extension FileName: Comparable {
  /// In the order of their bytes.
  package static func < (left: FileName, right: FileName) -> Bool {
    left.bytes.lexicographicallyPrecedes(right.bytes)
  }

  /// Names in their order, with the bytes of each taken out once: folders may hold very many.
  static func sorted(_ names: [FileName]) -> [FileName] {
    names.map { (name: $0, bytes: $0.bytes) }
      .sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }.map(\.name)
  }
}
