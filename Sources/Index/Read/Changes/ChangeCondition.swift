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
    addSizes(question.filter)
    if let classIDs { addClasses(classIDs, judges: judgesClasses) }
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

  private mutating func addSizes(_ filter: ObjectFilter) {
    guard filter.sizeMin != nil || filter.sizeMax != nil else { return }
    let least = parameter(.integer(filter.sizeMin ?? .min))
    let most = parameter(.integer(filter.sizeMax ?? .max))
    fragments += """
       AND (size_before BETWEEN \(least) AND \(most) OR size_after BETWEEN \(least) AND \(most))
      """
  }

  private mutating func addClasses(_ ids: [Int64], judges: Bool) {
    let list = ids.map { parameter(.integer($0)) }.joined(separator: ", ")
    // NULL stands for false where it is the whole condition, and not where it is denied.
    let isOfThem =
      "coalesce(class_before_id IN (\(list)), 0) + coalesce(class_after_id IN (\(list)), 0)"
    fragments += " AND \(isOfThem) \(judges ? ">" : "=") 0"
    guard !judges else { return }
    fragments += """
       AND (size_before IS NOT NULL AND class_before_id IS NULL
        OR size_after IS NOT NULL AND class_after_id IS NULL)
      """
  }

  private mutating func parameter(_ value: SQLiteValue) -> String {
    parameters.append(value)
    return "?\(parameters.count + 4)"
  }
}
