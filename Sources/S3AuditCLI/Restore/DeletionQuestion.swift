internal import Restore
internal import Vocabulary

/// What is said before files of a folder are removed, and asked where most of them go.
struct DeletionQuestion {
  private let path: String
  private let surplus: Surplus
  private let unit: ByteUnit

  init(path: String, _ surplus: Surplus, unit: ByteUnit) {
    self.path = path.escapingControls()
    self.surplus = surplus
    self.unit = unit
  }

  /// Whether more goes than stays: a wrong list, or a wrong folder, looks like this.
  var isAsked: Bool { surplus.isMost }

  private var count: String {
    counted(surplus.files, "file") + " (\(unit.text(surplus.bytes)))"
      + (surplus.folders > 0 ? " and \(counted(surplus.folders, "folder"))" : "")
  }

  var announcement: String { "Deleting from \(path), as not wanted: \(count)\n" }

  var text: String {
    "That is more than stays: \(counted(surplus.filesKept, "file")). Delete them? [y/N] "
  }

  /// For scripts, which nobody can ask.
  var refusal: String {
    """
    Error: nothing was deleted: more would go than stays, \(counted(surplus.filesKept, "file"))
    Help:  look at what would go with --dry-run, then agree with --yes

    """
  }

  static func isYes(_ answer: String) -> Bool {
    ["y", "yes"].contains(answer.trimmingWhitespace.lowercased())
  }
}

extension String {
  fileprivate var trimmingWhitespace: String {
    String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
  }
}
