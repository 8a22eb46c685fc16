internal import Arguments
internal import Index
internal import Metrics
internal import Sync
internal import System
internal import Vocabulary

/// `--metrics-file`: what a sync leaves for the textfile collector of Prometheus' node exporter.
///
/// The collector reads `*.prom` of one folder whenever it is asked: the file is there whole or not at all, and it
/// is readable for everybody, whoever runs the sync.
struct MetricsFile: Sendable {
  private let path: String

  /// - Throws: `UsageError` for a name that no collector would read.
  init(_ path: String) throws(UsageError) {
    guard path.utf8.count > Self.ending.utf8.count, path.hasSuffix(Self.ending),
      FileSystem.name(of: path) != Self.ending
    else {
      throw .invalidValue("the collector reads no other files than *\(Self.ending)")
    }
    self.path = path
  }

  private static let ending = ".prom"

  /// Finds out whether it can be written, before hours of work are done.
  func check() throws { try FileReplacement.tryOut(path, access: .everyone) }

  /// Writes what the index holds now, and how the sync ended.
  ///
  /// What goes wrong is said, and changes nothing of how the sync ended: its exit code is about S3.
  func write(_ sync: LastSync, ofIndexAt indexPath: String, _ settings: MetricsSettings) {
    do {
      let text = try Self.text(settings, sync, indexPath)
      let file = try FileReplacement(of: path, access: .everyone)
      try file.write(text)
      try file.commit()
    } catch {
      Terminal.writeError(
        "Warning: the metrics were not written: \(message(of: error))\n")
    }
  }

  /// Of the index where there is one that can be read; else of the sync alone.
  private static func text(
    _ settings: MetricsSettings, _ sync: LastSync, _ indexPath: String
  ) throws -> [UInt8] {
    let text = MetricsText(settings)
    let now = systemTime()
    guard IndexFiles(path: indexPath) != nil else {
      return try text.bytes(of: nil, lastSync: sync, now: now)
    }
    do {
      let reader = try IndexReader(path: indexPath, now: now)
      if let note = try MetricsOptions.note(on: settings, reader) {
        Terminal.writeError("Warning: \(note)\n")
      }
      return try reader.inSnapshot {
        try text.bytes(of: reader, lastSync: try sync.asRecorded(in: reader), now: now)
      }
    } catch {
      Terminal.writeError(
        "Warning: the metrics lack what the index holds: \(message(of: error))\n")
      return try text.bytes(of: nil, lastSync: sync, now: now)
    }
  }
}

extension LastSync {
  /// The same with the times that the index has of it, as everybody else is told.
  ///
  /// The exit status is known better here: of a sync that `--max-cost` ended the index says that it was interrupted.
  fileprivate func asRecorded(in reader: IndexReader) throws -> LastSync {
    guard let row = try reader.lastEndedSync(), row.started >= started else { return self }
    var sync = self
    (sync.started, sync.finished) = (row.started, row.finished)
    return sync
  }
}
