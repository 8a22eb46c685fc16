internal import Costs
internal import Index
internal import Vocabulary

/// What CloudWatch says of one bucket, beside what the index has of it.
struct ReconciledBucket {
  let bucket: BucketSummary
  /// Nil where CloudWatch has no day with a figure of it.
  let day: Timestamp?
  /// Whether there may be versions that were never listed.
  let lacksVersions: Bool
  let knowsUploads: Bool
  /// Why CloudWatch's figures are not whole: `incomplete`, `denied`; nil where they are.
  let fault: EstimateState?
  private let figures: [StoredEstimate]
  /// Whether there are bytes of a type that nobody here knows: they may be of any class.
  private let hasUnknownTypes: Bool
  private let parts: [StoredState: StoredPart]
  /// Of unfinished uploads; nil where they were not listed.
  private let uploadParts: Int64?
  private let isDirectory: Bool

  /// One line: a figure of one kind and class.
  struct Row {
    /// Nil for objects of all classes; the storage type itself where its class is not known.
    var storageClass: String?
    var component: FigureComponent
    var figure: Int64?
    /// Whether the figure is 0 because a whole day of the bucket says nothing of it.
    var isImplied = false
    var current: Int64?
    var noncurrent: Int64?
    var uploads: Int64?
    var markers: Int64?
    var index: Int64?
    /// Only what is stored is judged: the others are what our rules for bills make of it.
    var verdict: Verdict?

    var difference: Int64? { Comparison(figure: figure, index: index, slack: 0).difference }
  }

  /// What is known to have changed since a moment, by class and of all objects.
  struct Changes {
    var byClass: [String: Comparison.Changes] = [:]
    var ofOthers = Comparison.Changes(added: 0, removed: 0)
    var ofObjects = Comparison.Changes(added: 0, removed: 0)

    func of(_ storageClass: String) -> Comparison.Changes { byClass[storageClass] ?? ofOthers }
  }

  /// What changed since the day of the figures began, and what of that since it ended.
  struct ChangesOfDay {
    var sinceBegin = Changes()
    var sinceEnd = Changes()
  }

  init(
    _ bucket: BucketSummary, _ parts: [StoredPart], _ estimates: [StoredEstimate],
    uploadParts: Int64?, versioning: BucketProperty.State?
  ) {
    self.bucket = bucket
    self.parts = Dictionary(parts.map { ($0.state, $0) }) { first, _ in first }
    self.uploadParts = uploadParts
    // What another region says is of a bucket that was there before.
    let own = estimates.filter { estimate in
      estimate.state != .gone
        && (estimate.region == bucket.region || estimate.region == nil || bucket.region == nil)
    }
    fault = own.map(\.state).first { $0 != .complete && $0 != .noFigure }
    figures = own.filter { $0.storageType != nil }
    hasUnknownTypes = figures.contains { figure in
      let isOfObjects = figure.component == FigureComponent.objects.rawValue
      return figure.storageClass == nil && !isOfObjects && figure.value != 0
    }
    day = figures.lazy.compactMap(\.day).first
    lacksVersions =
      self.parts[.noncurrent]?.mayHaveUnlistedVersions(versioning) ?? (versioning != .absent)
    let uploads = self.parts[.uploads]
    knowsUploads =
      uploads?.isUnknown == false && uploads?.rows.allSatisfy { $0.unweighed == 0 } == true
    isDirectory = bucket.name.hasSuffix("--x-s3")
  }

  /// Whether the day of the figures had ended when the last complete crawl began.
  var isDayBeforeSync: Bool {
    guard let day, let syncedAt = bucket.freshness.syncedAt else { return false }
    return day.millisecondsSinceEpoch.plus(86_400_000) <= syncedAt.millisecondsSinceEpoch
  }

  /// Rows of objects first, then class by class; `changes` are nil while nobody has looked for them.
  func rows(_ changes: ChangesOfDay?) -> [Row] {
    let classes = Set(
      parts.values.flatMap { $0.rows.map(\.storageClass) } + figures.compactMap(\.storageClass))
    return [objects(changes)] + classes.sorted().flatMap { rows(of: $0, changes) } + unknown
  }

  // MARK: - Rows

  /// Whether all of it was ever listed: of a part of it CloudWatch says nothing.
  private var isListed: Bool { bucket.freshness.syncedAt != nil }

  private func objects(_ changes: ChangesOfDay?) -> Row {
    var row = Row(component: .objects)
    if fault == nil {
      row.figure = figures.first { $0.component == FigureComponent.objects.rawValue }?.value
    }
    row.current = sum(.current) { $0.usage.objects }
    row.noncurrent = sum(.noncurrent) { $0.usage.objects }
    row.markers = row.noncurrent == nil ? nil : parts[.noncurrent]?.markers
    // A directory bucket counts no parts.
    row.uploads = knowsUploads ? (isDirectory ? 0 : uploadParts) : nil
    row.index =
      row.current.map { current in
        [row.noncurrent, row.markers, row.uploads].reduce(current) { $0.plus($1 ?? 0) }
      }
    row.verdict =
      comparison(
        of: row, slack: 0, changes?.sinceBegin.ofObjects
      ).verdict
    return row
  }

  private func rows(of storageClass: String, _ changes: ChangesOfDay?) -> [Row] {
    var isArchive = false
    if case .archived? = StorageClassRule(storageClass) { isArchive = true }
    var storage = stored(storageClass, .storage)
    storage.current = sum(.current, storageClass) { $0.usage.bytes }
    storage.noncurrent = sum(.noncurrent, storageClass) { $0.usage.bytes }
    let uploads = sum(.uploads, storageClass) { $0.usage.bytes }
    storage.uploads = isArchive ? nil : uploads
    storage.index = storage.current.map { current in
      [storage.noncurrent, storage.uploads].reduce(current) { $0.plus($1 ?? 0) }
    }
    judge(&storage, changes)
    var rows = [storage]
    if isArchive {
      var staging = stored(storageClass, .staging)
      (staging.uploads, staging.index) = (uploads, uploads)
      // Versions are never there.
      judge(&staging, changes, mayLackVersions: false)
      rows.append(staging)
    }
    rows += overheads(of: storageClass)
    return rows.filter { $0.figure != nil && !$0.isImplied || $0.index ?? 0 != 0 }
  }

  /// A row of what is stored, with its figure.
  ///
  /// Of a class that a whole day has no type of, there was nothing on that day.
  private func stored(_ storageClass: String, _ component: FigureComponent) -> Row {
    var row = Row(storageClass: storageClass, component: component)
    row.figure = figure(of: storageClass, component)
    let isTold = figures.contains {
      $0.storageClass == storageClass && $0.component == component.rawValue
    }
    row.isImplied =
      !isTold && fault == nil && !figures.isEmpty && !hasUnknownTypes
      && StorageType.tells(component, of: storageClass)
    if row.isImplied { row.figure = 0 }
    return row
  }

  /// Gives a row of bytes its verdict.
  private func judge(
    _ row: inout Row, _ changes: ChangesOfDay?, mayLackVersions: Bool = true
  ) {
    let storageClass = row.storageClass ?? ""
    let since = changes?.sinceBegin.of(storageClass)
    row.verdict =
      comparison(
        of: row, slack: Comparison.slackOfBytes, since, mayLackVersions: mayLackVersions
      ).verdict
    guard row.isImplied, row.verdict == .differs || row.verdict == .older,
      let difference = row.difference, let changes, since?.explain(difference) == true
    else { return }
    let isAllLater = isDayBeforeSync && changes.sinceEnd.of(storageClass).explain(difference)
    guard !isAllLater else { return }
    // The class may have begun on that very day, and its type be late.
    (row.figure, row.isImplied, row.verdict) = (nil, false, .noFigure)
  }

  private static let overheads = [
    FigureComponent.padding, .archiveOverhead, .archiveIndex, .overhead,
  ]

  private func overheads(of storageClass: String) -> [Row] {
    func all(_ value: (StoredUsage) -> Int64) -> Int64? {
      sum(.current, storageClass, value).map { $0.plus(sum(.noncurrent, storageClass, value) ?? 0) }
    }
    var computed: [FigureComponent: Int64] = [:]
    if let objects = all({ $0.usage.objects }), let small = all({ $0.small.objects }),
      let bytes = all({ $0.small.bytes })
    {
      computed = FigureComponent.overheads(
        of: storageClass, objects: objects, smallObjects: small, smallBytes: bytes)
    }
    return Self.overheads.map { component in
      var row = Row(storageClass: storageClass, component: component)
      row.figure = figure(of: storageClass, component)
      row.index = computed[component]
      return row
    }
  }

  /// Types that nobody here knows, each as it is: which class of the index they are, is not known.
  private var unknown: [Row] {
    figures.filter { $0.storageClass == nil && $0.component != FigureComponent.objects.rawValue }
      .map { figure in
        Row(
          storageClass: figure.storageType,
          component: figure.component.flatMap { FigureComponent(rawValue: $0) } ?? .overhead,
          figure: figure.value)
      }
  }

  /// The sum of a class's types of one kind; nil without any, and where one of them is not known.
  private func figure(of storageClass: String, _ component: FigureComponent) -> Int64? {
    let some = figures.filter {
      $0.storageClass == storageClass && $0.component == component.rawValue
    }
    // Of figures that are not whole, what is there may be a part.
    guard fault == nil, !some.isEmpty, some.allSatisfy({ $0.value != nil }) else { return nil }
    return some.reduce(0) { $0.plus($1.value ?? 0) }
  }

  /// Nil where nothing of the state was ever listed, unless there are surely none.
  private func sum(
    _ state: StoredState, _ storageClass: String? = nil, _ value: (StoredUsage) -> Int64
  ) -> Int64? {
    guard let part = parts[state], isListed else { return nil }
    if part.isUnknown { return state == .noncurrent && !lacksVersions ? 0 : nil }
    let rows = part.rows.filter { storageClass == nil || $0.storageClass == storageClass }
    guard state != .uploads || rows.allSatisfy({ $0.unweighed == 0 }) else { return nil }
    return rows.reduce(0) { $0.plus(value($1)) }
  }

  private func comparison(
    of row: Row, slack: Int64, _ changes: Comparison.Changes?, mayLackVersions: Bool = true
  ) -> Comparison {
    var comparison = Comparison(figure: row.figure, index: row.index, slack: slack)
    comparison.lacksVersions = lacksVersions && mayLackVersions
    comparison.changes = isDayBeforeSync ? changes : nil
    return comparison
  }
}

extension ReconciledBucket.Row {
  fileprivate init(storageClass: String? = nil, component: FigureComponent, figure: Int64? = nil) {
    self.storageClass = storageClass
    self.component = component
    self.figure = figure
  }
}
