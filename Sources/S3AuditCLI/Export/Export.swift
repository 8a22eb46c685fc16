internal import Arguments
internal import Index
internal import Migrations
internal import Report
internal import SQLite
internal import Signing
internal import Synchronization
internal import System
internal import Vocabulary

/// A run of `export`.
struct Export: Sendable {
  private let context: Context
  private let arguments: ExportArguments
  private let views: [SchemaManual.View]
  private let written = WrittenRows()

  init(_ context: Context, _ arguments: ExportArguments) {
    (self.context, self.arguments) = (context, arguments)
    views = SchemaManual.current.views.filter {
      arguments.views.isEmpty || arguments.views.contains($0.name)
    }
  }

  func run() async throws -> ExitStatus {
    let path = try context.indexPath()
    context.say("index: \(path)")
    guard IndexFiles(path: path) != nil else { throw IndexError.missing(path: path) }
    let written = written
    let display = StepDisplay(context) { "exported \(counted(written.count, "row"))" }
    let interrupt = context.interrupt
    return try await interrupt.cancelling {
      let (files, isIncomplete) = try await display.showing {
        let folder = try ExportFolder(arguments.folder)
        let reader = try IndexReader(path: path, now: context.now) { interrupt.isInterrupted }
        return try reader.inSnapshot {
          let files = try failingInWords { try write(from: reader, into: folder) }
          let reach = try reader.reach(of: ObjectFilter())
          try finish(folder, files, reach)
          return (files, context.warn(ofIncomplete: reach))
        }
      }
      try say(files)
      return isIncomplete && arguments.requiresComplete ? .refused : .done
    }
  }

  /// A disk that is full, or gone, is told of as the export's own.
  private func failingInWords<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as SystemError {
      throw ExportError.cannotWrite(target: arguments.folder, reason: error.reason)
    } catch let error as SQLiteError
      where error.primaryCode == .full || error.primaryCode == .ioError
    {
      throw ExportError.cannotWrite(target: arguments.folder, reason: error.message)
    }
  }

  private func say(_ files: [ExportedFile]) throws {
    guard !context.options.output.isQuiet else { return }
    let bytes = files.reduce(Int64(0)) { $0.plus($1.bytes) }
    let rows = files.reduce(Int64(0)) { $0.plus($1.rows) }
    try Terminal.writeOutput(
      "Exported \(counted(rows, "row")) in \(counted(Int64(files.count), "file")): "
        + "\(context.options.output.unit.text(bytes)) in \(arguments.folder.escapingControls())\n")
  }

  // MARK: - Files

  /// What one file holds: views of one bucket, or of all.
  private struct Part {
    /// What the names of its files begin with; empty for all buckets.
    var name: String
    var bucket: BucketAddress?
    var views: [SchemaManual.View]
  }

  private func parts(_ reader: IndexReader) throws -> [Part] {
    guard arguments.division == .bucket else { return [Part(name: "", bucket: nil, views: views)] }
    // Figures of CloudWatch may be of buckets that were never listed: they stay together.
    let divided = views.filter { view in
      view.name != "estimates" && view.columns.contains { $0.name == "bucket" }
    }
    let others = views.filter { !divided.contains($0) }
    var parts: [Part] = []
    // The file of what is no bucket's.
    var names: Set<String> = [Self.wholeName]
    for bucket in try reader.buckets(matching: []) {
      let plain = Self.fileName(bucket.name)
      // Two servers may have a bucket of one name.
      var (name, number) = (plain, 1)
      while !names.insert(name).inserted { (name, number) = ("\(plain)~\(number + 1)", number + 1) }
      let address = BucketAddress(endpoint: bucket.endpoint, name: bucket.name)
      parts.append(Part(name: name, bucket: address, views: divided))
    }
    return others.isEmpty ? parts : parts + [Part(name: "", bucket: nil, views: others)]
  }

  private static let wholeName = "s3audit"

  /// A bucket's name where it is a file's: servers have others than AWS.
  private static func fileName(_ bucket: String) -> String {
    let plain = URIEncoding.encode(Array(bucket.utf8)).prefix(120)
    return plain.first == "." ? "%2E\(plain.dropFirst())" : String(plain)
  }

  private func write(from reader: IndexReader, into folder: ExportFolder) throws -> [ExportedFile] {
    var files: [ExportedFile] = []
    for part in try parts(reader) {
      if arguments.format == .sqlite {
        files.append(try writeDatabase(part, from: reader, into: folder))
      } else {
        for view in part.views {
          if let file = try writeText(view, of: part, from: reader, into: folder) {
            files.append(file)
          }
        }
      }
    }
    return files
  }

  private func writeDatabase(
    _ part: Part, from reader: IndexReader, into folder: ExportFolder
  ) throws -> ExportedFile {
    let name = "\(part.name.isEmpty ? Self.wholeName : part.name).\(arguments.format.ending)"
    _ = try folder.create(name)
    let database = try ExportedDatabase(path: folder.path(of: name))
    var file = ExportedFile(name: name, bucket: part.bucket)
    for view in part.views {
      let rows = try database.write(view) { body in
        try reader.forEachRow(ofView: view.name, in: part.bucket) { row in
          try body(row)
          written.add(1)
        }
      }
      file.views.append((view.name, rows))
      try check(rows, of: view, in: part.bucket, reader)
    }
    try database.finish()
    (file.bytes, file.sha256) = try folder.digest(of: name)
    return file
  }

  /// Nil where there is not a row of a bucket, but of its objects, of which there is a file that says so.
  private func writeText(
    _ view: SchemaManual.View, of part: Part, from reader: IndexReader, into folder: ExportFolder
  ) throws -> ExportedFile? {
    let name =
      (part.name.isEmpty ? "" : part.name + ".") + "\(view.name).\(arguments.format.ending)"
    var text: ExportedText?
    func open() throws -> ExportedText {
      let opened = ExportedText(view, arguments.format, file: try folder.create(name))
      text = opened
      return opened
    }
    try reader.forEachRow(ofView: view.name, in: part.bucket) { row in
      try (text ?? open()).append(row)
      written.add(1)
    }
    if part.bucket == nil || view.name == "objects", text == nil { _ = try open() }
    guard let text else { return nil }
    var file = ExportedFile(name: name, bucket: part.bucket)
    file.views = [(view.name, text.rows)]
    try check(text.rows, of: view, in: part.bucket, reader)
    (file.bytes, file.sha256) = try text.finish()
    return file
  }

  /// Where a page of the file is damaged, SQLite may pass over its rows without a word: their number is kept
  /// elsewhere too.
  private func check(
    _ rows: Int64, of view: SchemaManual.View, in bucket: BucketAddress?, _ reader: IndexReader
  ) throws {
    guard ["objects", "versions"].contains(view.name) else { return }
    let counted = try reader.countedRows(ofVersions: view.name == "versions", in: bucket)
    guard rows == counted else {
      throw ExportError.unsound(
        view: view.name, bucket: bucket?.name, rows: rows, counted: counted)
    }
  }

  private func finish(
    _ folder: ExportFolder, _ files: [ExportedFile], _ reach: IndexReader.Reach
  ) throws {
    let sums = files.map { "\($0.sha256)  \($0.name)\n" }.joined()
    try folder.create("SHA256SUMS").write(Array(sums.utf8), at: 0)
    let manifest = ExportManifest(
      program: IndexFile.programVersion, exportedAt: context.now, files: files, reach: reach,
      views: views)
    try folder.finish(manifest: manifest.json())
  }
}

/// How many rows were written, for the display beside it.
private final class WrittenRows: Sendable {
  private let rows = Atomic<Int64>(0)

  func add(_ count: Int64) { rows.wrappingAdd(count, ordering: .relaxed) }

  var count: Int64 { rows.load(ordering: .relaxed) }
}
