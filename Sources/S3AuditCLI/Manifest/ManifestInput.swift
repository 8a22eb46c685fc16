internal import Arguments
internal import Restore
internal import System

/// A manifest that a user named: a file, or what comes once and has to be kept while it is read more than
/// once, as standard input (`-`) and pipes do.
struct ManifestInput {
  /// As errors name it.
  let path: String
  private let kept: UnnamedFile?

  /// - Throws: `ManifestError` for what cannot be read.
  init(_ path: String, temporaryFolder: String) throws(ManifestError) {
    self.path = path == "-" ? "standard input" : path
    do throws(SystemError) {
      if path == "-" {
        let input = try SequentialFile(standardInput: self.path)
        kept = try Self.keep(input, in: temporaryFolder)
      } else if try Self.comesOnce(path) {
        kept = try Self.keep(try SequentialFile(reading: path), in: temporaryFolder)
      } else {
        kept = nil
      }
    } catch {
      throw ManifestError(.unreadable(error.reason), path: self.path)
    }
  }

  private static func comesOnce(_ path: String) throws(SystemError) -> Bool {
    switch try FileStatus.ofPath(path).kind {
    case .file, .folder, .link: false
    case .pipe, .other: true
    }
  }

  /// Reads it to its end.
  private static func keep(
    _ input: SequentialFile, in folder: String
  ) throws(SystemError) -> UnnamedFile {
    let file = try UnnamedFile(in: folder)
    var size: Int64 = 0
    while true {
      let bytes = try input.next(bytesMax: 256 << 10)
      guard !bytes.isEmpty else { return file }
      try file.write(bytes, at: size)
      size += Int64(bytes.count)
    }
  }

  func reader(quote: ManifestQuote?) throws(ManifestError) -> ManifestReader<ManifestBytes> {
    try ManifestReader(path: path, quote: quote) { () throws(ManifestError) in
      try ManifestBytes(path: path, kept: kept)
    }
  }
}

/// The bytes of a manifest from its beginning on.
struct ManifestBytes: ManifestSource {
  private enum Origin {
    case file(SequentialFile)
    case kept(UnnamedFile, position: Int64)
  }

  private let path: String
  private var origin: Origin

  fileprivate init(path: String, kept: UnnamedFile?) throws(ManifestError) {
    self.path = path
    do throws(SystemError) {
      if let kept {
        origin = .kept(kept, position: 0)
      } else {
        origin = .file(try SequentialFile(reading: path))
      }
    } catch {
      throw ManifestError(.unreadable(error.reason), path: path)
    }
  }

  mutating func next() throws(ManifestError) -> [UInt8] {
    do throws(SystemError) {
      switch origin {
      case .file(let file): return try file.next(bytesMax: 256 << 10)
      case .kept(let file, let position):
        let bytes = try file.read(at: position, bytesMax: 256 << 10)
        origin = .kept(file, position: position + Int64(bytes.count))
        return bytes
      }
    } catch {
      throw ManifestError(.unreadable(error.reason), path: path)
    }
  }
}

extension Option {
  /// `--manifest-quote`, for commands that read manifests.
  static func manifestQuote(
    sets property: any WritableKeyPath<Options, ManifestQuote?> & Sendable
  ) -> Option {
    Option(
      long: "manifest-quote", value: "character",
      help: """
        What quotes the fields of a manifest without a header. Unless \
        one alone makes sense of every line, it has to be said.
        """,
      choices: ManifestQuote.allCases.map(\.rawValue)
    ) { options, text in options[keyPath: property] = ManifestQuote(rawValue: text) }
  }
}
