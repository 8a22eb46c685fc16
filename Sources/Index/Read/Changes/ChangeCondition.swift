internal import SQLite
internal import Vocabulary

/// The SQL of a question's conditions on the journal's rows of one sync and one run of keys.
///
/// Parameters 1 to 4 are the sync, the bucket and the keys' bounds; the rest follow in the order of the
/// fragments, which are constants: no value is ever part of the text.
struct ChangeCondition {
  private var fragments = ""
  private var parameters: [SQLiteValue] = []

  /// The conditions of a question; nil class numbers mean all classes.
  ///
  /// With `judgesClasses` false those rows pass of which the journal does not tell whether they are of one of
  /// the classes, and no others.
  init(_ question: ChangeQuestion, atMs: Int64?, classIDs: [Int64]?, judgesClasses: Bool = true) {
    if let atMs { fragments += " AND at_ms >= \(parameter(.integer(atMs)))" }
    if !question.kinds.isEmpty {
      let words = question.kinds.map(\.rawValue).sorted().map { parameter(.text($0)) }
      fragments += " AND change IN (\(words.joined(separator: ", ")))"
    }
    addSides(question.filter, classIDs: classIDs, judgesClasses: judgesClasses)
    // Last: they cost the most.
    if question.filter.keyGlob != nil { fragments += " AND \(ObjectCondition.globFunction)(key)" }
    if question.filter.keyMatches != nil {
      fragments += " AND \(ObjectCondition.regexFunction)(key)"
    }
  }

  /// A statement that reads these columns of what passes, in the order of keys.
  func select(_ columns: String) -> String {
    """
    SELECT \(columns) FROM object_change
    WHERE sync_id = ?1 AND bucket_id = ?2 AND key >= ?3 AND key < ?4\(fragments)
    """
  }

  func bind(_ syncID: Int64, _ run: BucketRun, to statement: inout Statement) throws {
    try statement.bind(syncID, at: 1)
    try statement.bind(run.bucket.id, at: 2)
    try statement.bind(text: run.keys.lower.bytes, at: 3)
    try statement.bind(run.keys.upperBound, at: 4)
    for (offset, value) in parameters.enumerated() {
      try statement.bind(value, at: Int32(offset + 5))
    }
  }

  /// An object passes by what it was, or by what it is: one of both has the size and the class.
  ///
  /// One of 1 GiB in STANDARD that became 5 bytes in GLACIER was no large one in GLACIER at any time.
  private mutating func addSides(
    _ filter: ObjectFilter, classIDs: [Int64]?, judgesClasses: Bool
  ) {
    let hasSizes = filter.sizeMin != nil || filter.sizeMax != nil
    guard hasSizes || classIDs != nil else { return }
    // A side on which there was no object has no size.
    var fits = "IS NOT NULL"
    if hasSizes {
      let least = parameter(.integer(filter.sizeMin ?? .min))
      fits = "BETWEEN \(least) AND \(parameter(.integer(filter.sizeMax ?? .max)))"
    }
    let list = classIDs.map { ids in
      "IN (\(ids.map { parameter(.integer($0)) }.joined(separator: ", ")))"
    }
    let passes = Self.eitherSide(size: fits, storageClass: list)
    guard judgesClasses || list == nil else {
      // NULL stands for false where it is the whole condition, and not where it is denied.
      let mayPass = Self.eitherSide(size: fits, storageClass: "IS NULL")
      fragments += " AND NOT coalesce(\(passes), 0) AND \(mayPass)"
      return
    }
    fragments += " AND \(passes)"
  }

  /// That the size, and the class if that is asked for, are so before the change, or both after it.
  private static func eitherSide(size: String, storageClass: String?) -> String {
    let sides = ["before", "after"].map { side in
      "size_\(side) \(size)" + (storageClass.map { " AND class_\(side)_id \($0)" } ?? "")
    }
    return "(\(sides.joined(separator: " OR ")))"
  }

  private mutating func parameter(_ value: SQLiteValue) -> String {
    parameters.append(value)
    return "?\(parameters.count + 4)"
  }
}
