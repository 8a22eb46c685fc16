package import System
package import Vocabulary

/// Where a key's bytes go below the folder that is restored into: the key's components, each a name that
/// leads nowhere else.
///
/// ```
/// photos/2026/a.jpg   folder photos/2026, name a.jpg
/// photos/             folder photos, no name: a folder, if the object is empty
/// ../up, a//b, /abs   refused: another path would be another key's
/// C:/x                folder C:, name x: ordinary names here
/// ```
package struct LocalPath: Equatable, Sendable {
  package let folder: [FileName]
  /// Nil for a key that ends in a slash.
  package let name: FileName?

  /// Names that begin so are those of files that are not whole yet.
  package static let temporaryPrefix = ".s3audit-part-"

  /// - Throws: `KeyRefusal`.
  package init(_ key: Key) throws(KeyRefusal) {
    let bytes = key.bytes
    let isFolder = bytes.isEmpty || bytes.last == UInt8(ascii: "/")
    let end = isFolder ? max(bytes.count - 1, 0) : bytes.count
    var names: [FileName] = []
    var start = 0
    while start < bytes.count {
      let stop = bytes[start..<end].firstIndex(of: UInt8(ascii: "/")) ?? end
      let name: FileName
      do {
        name = try FileName(bytes[start..<stop])
      } catch {
        throw KeyRefusal(error)
      }
      guard !name.hasPrefix(Self.temporaryPrefix) else { throw .temporaryName }
      names.append(name)
      start = stop + 1
    }
    guard let last = names.last else { throw .emptyComponent }
    folder = isFolder ? names : names.dropLast()
    name = isFolder ? nil : last
  }
}

/// Why a key is not restored; all others are.
///
/// Buckets take every key but those of the last two cases.
package enum KeyRefusal: Error, Equatable, Sendable {
  /// `a//b`, `/a`: without its empty component it would be the file of another key.
  case emptyComponent
  /// `.` or `..`.
  case dots
  case zeroByte
  /// A component of over 255 bytes.
  case tooLong
  /// It begins as the names of this program's unfinished files do.
  case temporaryName
  /// It ends in a slash and has bytes: a folder holds none.
  case folderWithBytes
  /// A folder is needed there for other keys.
  case isFolderOfOthers
  /// The file system takes it for the same name as that of another key.
  case sameNameAs(Key)
  /// The file system refuses the name.
  case unusable(reason: String)
  /// Something is in the way that is not this program's to replace.
  case inTheWay(path: String)
  /// In the target bucket, behind its prefix, the key would have so many bytes.
  case longTargetKey(bytes: Int)
  /// It is encrypted with a key that its owner keeps (SSE-C), and nobody else can read it.
  case customerKey

  fileprivate init(_ fault: FileName.Fault) {
    self =
      switch fault {
      case .empty, .slash: .emptyComponent
      case .dots: .dots
      case .zeroByte: .zeroByte
      case .tooLong: .tooLong
      }
  }

  /// The words that follow the key in a message.
  package var words: String {
    switch self {
    case .emptyComponent: "it has an empty component, which no path has"
    case .dots: "it has the component '.' or '..', which would lead elsewhere"
    case .zeroByte: "it has a zero byte, which no file name has"
    case .tooLong: "it has a component of over \(FileName.bytesMax) bytes"
    case .temporaryName:
      "it has a component that begins with \(LocalPath.temporaryPrefix), as unfinished files do"
    case .folderWithBytes: "it ends in '/' and has bytes, which a folder cannot hold"
    case .isFolderOfOthers: "a folder of that name is needed for other keys"
    case .sameNameAs(let key):
      "this file system takes it for the same name as \(key.text.escapingControls())"
    case .unusable(let reason): "the file system refuses the name: \(reason)"
    case .inTheWay(let path): "\(path.escapingControls()) is in the way"
    case .longTargetKey(let bytes):
      "in the target its key would have \(bytes) bytes, and no key has over "
        + "\(CopyOptions.keyBytesMax)"
    case .customerKey:
      "the service does not let it be read: it may be encrypted with a key of the customer's (SSE-C)"
    }
  }
}
