package import Arguments
package import Index
package import Report
package import Vocabulary

/// One question about the index, with its words, its arguments, its columns and its rows.
///
/// A face makes an answer of what a person asked for, opens the index, and says where rows go. The
/// command line does so for `s3audit query du s3://logs/2026/ --depth 2`:
///
///     var du = Du()                       // by the rows of `Du.words`
///     du.depth = 2
///     var writer = ReportWriter(options: options) { bytes in … }
///     try reader.inSnapshot { try du.write(from: reader, now: now, to: &writer) }
///     try writer.finish()
///
/// An answer knows no terminal, no signals and no exit codes. A new answer is a file beside `Du`
/// and a word in `allAnswers`.
package protocol Answer: CommandArguments {
  /// The name, the help and the rows of the arguments, as they are written against this type.
  static var words: Command<Self> { get }

  /// What it means that the writer has differences; nil for an answer that compares nothing.
  static var meaningOfDifferences: String? { get }

  /// Which objects of which buckets are asked about.
  var filter: Filter { get set }

  /// Takes from standard input what the user left to it; most answers leave nothing to it.
  mutating func readInput(_ read: () throws -> String) throws

  /// Begins `writer`, and writes every row and the totals; the caller finishes.
  ///
  /// To be called in a snapshot of the index: an answer may ask several times.
  ///
  /// - Throws: `UsageError` for arguments that contradict each other, errors of the index, and what
  ///   the writer's sink throws.
  func write(from reader: IndexReader, now: Timestamp, to writer: inout ReportWriter) throws
}

/// An answer whose rows come in the order of an index, of any number: a page of them begins behind a place.
package protocol PlacedAnswer: Answer {
  /// The row that a page begins behind; nil to begin with the first.
  var after: RowPlace? { get set }
}

extension Answer {
  package static var meaningOfDifferences: String? { nil }

  package mutating func readInput(_ read: () throws -> String) throws {}
}
