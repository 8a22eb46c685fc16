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
  private let terminated: [CChar]

  package init(_ bytes: some Collection<UInt8>) throws(Fault) {
    // Copied as a whole: one by one, the bytes of a collection of any kind take ten times as long.
    try self.init(array: Array(bytes))
  }

  private init(array bytes: [UInt8]) throws(Fault) {
    guard !bytes.isEmpty else { throw .empty }
    guard bytes.count <= Self.bytesMax else { throw .tooLong }
    var terminated: [CChar] = []
    terminated.reserveCapacity(bytes.count + 1)
    for byte in bytes {
      guard byte != 0 else { throw .zeroByte }
      guard byte != UInt8(ascii: "/") else { throw .slash }
      terminated.append(CChar(bitPattern: byte))
    }
    terminated.append(0)
    self.terminated = terminated
    guard !isDots else { throw .dots }
  }

  /// The most bytes of a name, on all file systems that matter here.
  package static let bytesMax = 255

  private var isDots: Bool {
    (2...3).contains(terminated.count)
      && terminated.dropLast().allSatisfy { $0 == CChar(bitPattern: UInt8(ascii: ".")) }
  }

  package var bytes: [UInt8] { terminated.dropLast().map { UInt8(bitPattern: $0) } }

  /// For messages; bytes that are not UTF-8 are replaced.
  package var description: String { String(decoding: bytes, as: UTF8.self) }

  package func hasPrefix(_ prefix: String) -> Bool {
    terminated.dropLast().starts(with: prefix.utf8) { UInt8(bitPattern: $0) == $1 }
  }

  /// Hands the name to a call of the system.
  @safe func withCString<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
    unsafe terminated.withUnsafeBufferPointer { buffer in
      guard let start = buffer.baseAddress else { preconditionFailure("a name is never empty") }
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
