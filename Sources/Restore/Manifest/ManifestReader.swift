internal import Vocabulary

/// Reads a manifest of any form that this program writes.
///
/// A header decides for RFC 4180 and says which columns there are. Without one, both characters that may
/// quote are tried over the whole file: one alone must make sense of every line, or both the same.
///
/// ```swift
/// var reader = try ManifestReader(path: "m.csv", quote: nil) { FileChunks("m.csv") }
/// while let entry = try reader.next() { … }
/// ```
package struct ManifestReader<Source: ManifestSource> {
  private var scanner: ManifestScanner
  private var layout: ManifestLayout?
  /// As errors name it.
  package let path: String

  /// Looks at the file first, whole where it has no header; `open` begins it anew each time.
  ///
  /// - Throws: `ManifestError` for a file that is none, or is ambiguous without `quote`.
  package init(
    path: String, quote: ManifestQuote?, open: () throws(ManifestError) -> Source
  ) throws(ManifestError) {
    if let quote = try Self.quoteBelowHeader(path: path, quote: quote, open: open) {
      self.init(try open(), quote: quote, path: path)
      try readHeader()
    } else if let quote {
      self.init(try open(), quote: quote, path: path)
    } else {
      self.init(try open(), quote: try Self.quote(path: path, open: open), path: path)
    }
  }

  private init(_ source: Source, quote: ManifestQuote, path: String) {
    scanner = ManifestScanner(source, quote: quote, path: path)
    self.path = path
  }

  /// The next entry; nil at the end.
  package mutating func next() throws(ManifestError) -> ManifestEntry? {
    guard let record = try scanner.next() else { return nil }
    if let layout { return try layout.entry(record.fields, path: path, line: record.line) }
    guard let layout = ManifestLayout(columnCount: record.fields.count) else {
      throw ManifestError(
        .columnCount(record.fields.count, expected: ManifestLayout.columnCounts), path: path,
        line: record.line)
    }
    self.layout = layout
    return try layout.entry(record.fields, path: path, line: record.line)
  }

  /// Whether any field so far was in quotes.
  fileprivate var hasQuotedFields: Bool { scanner.hasQuotedFields }

  private mutating func readHeader() throws(ManifestError) {
    guard let record = try scanner.next() else { return }
    layout = try ManifestLayout.header(record.fields, path: path, line: record.line)
  }

  /// Which quote a file with a header has; nil without one.
  private static func quoteBelowHeader(
    path: String, quote: ManifestQuote?, open: () throws(ManifestError) -> Source
  ) throws(ManifestError) -> ManifestQuote? {
    var scanner = ManifestScanner(try open(), quote: quote ?? .rfc, path: path)
    let record: ManifestScanner.Record?
    do throws(ManifestError) {
      record = try scanner.next()
    } catch {
      // A first line that cannot be read so may be read otherwise.
      if [.utf16].contains(error.kind) || isUnreadable(error) { throw error }
      return nil
    }
    guard let record else { throw ManifestError(.empty, path: path) }
    let layout = try ManifestLayout.header(record.fields, path: path, line: record.line)
    return layout == nil ? nil : quote ?? .rfc
  }

  private static func isUnreadable(_ error: ManifestError) -> Bool {
    if case .unreadable = error.kind { true } else { false }
  }

  /// Which quote makes sense of every line of a file without a header.
  private static func quote(
    path: String, open: () throws(ManifestError) -> Source
  ) throws(ManifestError) -> ManifestQuote {
    var rfc = ManifestTrial(ManifestReader(try open(), quote: .rfc, path: path))
    var backslash = ManifestTrial(ManifestReader(try open(), quote: .backslash, path: path))
    var difference: ManifestError?
    while rfc.isReading || backslash.isReading {
      let (one, other) = (try rfc.next(), try backslash.next())
      guard difference == nil, one != other, let entry = one ?? other else { continue }
      difference = ManifestError(
        .ambiguous(rfc: one?.key ?? .start, backslash: other?.key ?? .start), path: path,
        line: entry.line)
    }
    switch (rfc.fault, backslash.fault) {
    case (nil, nil):
      if let difference { throw difference }
      return .rfc
    case (nil, _): return .rfc
    case (let fault?, nil):
      // A quote that is never closed makes a key that begins with it in the other form: without a field that
      // is quoted there, the file is as likely a damaged one of this form.
      guard backslash.hasQuotedFields || !fault.isAboutAnOpenedQuote else { throw fault }
      return .backslash
    case (let one?, let other?): throw other.line > one.line ? other : one
    }
  }
}

/// Whether a file can be read in one way.
private struct ManifestTrial<Source: ManifestSource> {
  private var reader: ManifestReader<Source>
  private(set) var isReading = true
  private(set) var fault: ManifestError?

  init(_ reader: ManifestReader<Source>) {
    self.reader = reader
  }

  var hasQuotedFields: Bool { reader.hasQuotedFields }

  /// The next entry; nil at the end, or once a line makes no sense.
  mutating func next() throws(ManifestError) -> ManifestEntry? {
    guard isReading else { return nil }
    do throws(ManifestError) {
      if let entry = try reader.next() { return entry }
    } catch {
      if case .unreadable = error.kind { throw error }
      fault = error
    }
    isReading = false
    return nil
  }
}

extension ManifestError {
  /// Whether a field begins with a quote that does not end it.
  fileprivate var isAboutAnOpenedQuote: Bool {
    switch kind {
    case .unclosedQuote, .bytesBehindQuote, .lineTooLong: true
    default: false
    }
  }
}
