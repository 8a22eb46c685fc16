internal import Report
internal import Restore
internal import System
internal import Vocabulary

/// Where a manifest goes: standard output, or a file that is replaced when the manifest is whole.
final class ManifestOutput {
  private let format: ManifestFormat
  private let interrupt: Interrupt
  private let saysFields: Bool
  /// Nothing of a key reaches a terminal that it could act on.
  private let isShown: Bool
  private var file: FileReplacement?
  private var buffer: [UInt8]
  /// The keys so far.
  private(set) var count: Int64 = 0

  private static let flushBytes = 256 << 10

  init(_ arguments: ManifestCreateArguments, _ context: Context) throws {
    format = arguments.format
    interrupt = context.interrupt
    saysFields = !context.options.output.isQuiet
    isShown = arguments.outputPath == nil && Terminal.outputIsTerminal
    buffer = arguments.hasHeader && format.hasHeader ? format.header : []
    if let path = arguments.outputPath { file = try FileReplacement(of: path) } else { file = nil }
  }

  func append(_ entry: ManifestEntry) throws {
    var entry = entry
    if isShown { entry.key = Key(entry.key.text.escapingControls(scalarsMax: .max)) }
    format.append(entry, to: &buffer)
    count += 1
    if buffer.count >= Self.flushBytes { try flush() }
  }

  /// Writes what is left, and puts a file into its place.
  func finish() throws {
    try flush()
    if let file = file.take() { try file.commit() }
    if saysFields, let fields = format.batchFields {
      Terminal.writeError(
        "S3 Batch Operations: format S3BatchOperations_CSV_20180820, fields \(fields)\n")
    }
  }

  private func flush() throws {
    guard !buffer.isEmpty else { return }
    if file != nil {
      try file?.write(buffer)
    } else {
      let interrupt = interrupt
      try Terminal.writeOutput(buffer) { interrupt.isInterrupted }
    }
    buffer.removeAll(keepingCapacity: true)
  }
}
