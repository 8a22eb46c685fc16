package import Arguments
internal import Costs
package import Index
package import Report
package import Vocabulary

/// `query what-if`: what moving objects to another class, or removing them, would save.
package struct WhatIfAnswer: Answer {
  package var filter = Filter()
  var target: String?
  var movesSmall = false
  var expires = false
  var isOfNoncurrent = false
  var isOfUploads = false
  var pricing = PricingArguments()

  package init() {}

  package static var words: Command<WhatIfAnswer> {
    Command(
      name: "what-if", abstract: "What another storage class, or expiry, would save.",
      discussion: """
        What lifecycle rules would do with the objects that the filters choose, by AWS's rules. usd_saving is a \
        month's whole bill before minus the whole bill after, so that volume tiers count. Objects under 128 KiB \
        stay where they are, as AWS has had it since September 2024, and objects younger than 30 days are not moved \
        to STANDARD_IA or ONEZONE_IA; both are counted in left_objects. usd_transitions are the requests of all moves, \
        paid once; usd_early_* what is charged for leaving a class before its minimum duration (30, 90 or 180 days \
        from the day the object came there, which no listing tells: between these). months_to_break_even is null \
        for never, and reckons with usd_early_at_most; readable_gib is how many GiB a month may be read back before \
        the saving is gone. Where 'estimate' has lately asked CloudWatch, and all of a bucket's INTELLIGENT_TIERING is \
        asked about, its tiers are CloudWatch's. No index tells how old a version was when it became noncurrent: ages are those since it \
        was written.
        """,
      positionals: [Filter.scopePositional],
      options: rows + PricingArguments.rows(\.pricing) + Filter.rows(\.filter),
      examples: [
        Example(
          "Old objects that are read now and then:",
          "s3audit query what-if logs --to GLACIER_IR --older-than 90d"),
        Example(
          "Old versions gone:", "s3audit query what-if --expire --noncurrent --older-than 30d"),
        Example("Uploads given up:", "s3audit query what-if --expire --uploads --older-than 7d"),
      ],
      applyPositionals: Filter.applyScopes(\.filter))
  }

  private static let rows: [Option<WhatIfAnswer>] = [
    Option(
      long: "to", value: "class", help: "Move objects to this storage class, like GLACIER_IR."
    ) { answer, text throws(UsageError) in
      let name = text.uppercased()
      guard Transition.classes.contains(name) else {
        throw .invalidValue("use one of \(targets)")
      }
      answer.target = name
    },
    .flag("move-small", help: "Move objects under 128 KiB, too.", sets: \.movesSmall),
    .flag("expire", help: "Remove them instead.", sets: \.expires),
    .flag(
      "noncurrent", help: "Versions that are not the latest, not objects.", sets: \.isOfNoncurrent),
    .flag(
      "uploads", help: "Unfinished uploads, with '--expire'.", sets: \.isOfUploads),
  ]

  package func write(
    from reader: IndexReader, now: Timestamp, to writer: inout ReportWriter
  ) throws {
    let chosen = try filter.objects(now: now)
    let change = try change(chosen, now)
    let prices = try KnownPrices(reader, on: pricing.day(now: now))
    let stored = try reader.stored(ObjectFilter())
    let plain = PricedItem.all(of: stored, pricing.payers)
    let properties = try reader.properties()
    let tiers = try KnownTiers(of: stored, plain, properties, reader, now: now)
    let state = isOfUploads ? StoredState.uploads : isOfNoncurrent ? .noncurrent : .current
    let grain = grain(stored, chosen)
    let parts = try reader.stored(chosen, [state], by: grain)
    let items = PricedItem.all(of: parts, pricing.payers).map {
      tiers.applied(to: $0, isOfAll: false)
    }
    // A bill knows tiers of what is taken from it, or of none of that bucket.
    let inexact = Set(
      items.filter { KnownTiers.isTiered($0) && $0.cell.tiers == nil }.map(\.bucket.id))
    let whole = plain.map {
      inexact.contains($0.bucket.id) ? $0 : tiers.applied(to: $0, isOfAll: true)
    }
    let whatIf: WhatIf
    do {
      whatIf = try WhatIf(
        change,
        parts: items.map { item in
          WhatIf.Part(
            item.cell, ageDays: item.usage.ageDays ?? Self.daysMax,
            lacksBytes: item.usage.unweighed > 0)
        },
        of: whole.map(\.cell), by: prices.list)
    } catch { throw Self.refusal(error) }
    let isUnknown = parts.allSatisfy(\.isUnknown)
    let gaps = try reader.reach(of: chosen).gaps
    let freshness = Freshness(of: parts.map(\.bucket), lacking: gaps)
    writer.begin(Self.columns + Freshness.columns)
    try writer.append(
      (isUnknown ? Self.columns.map { _ in .null } : Self.values(whatIf)) + freshness.values)
    writer.remarks += remarks(whatIf, [prices.dates(of: whatIf.priceKeys)].compactMap(\.self))
    let unknowns = unknowns(parts, items, whatIf, properties)
    writer.remarks += unknowns.lines.map { "Warning: \($0)\n" }
  }

  /// The longest minimum duration of a class.
  private static let daysMax = 180

  private func change(_ filter: ObjectFilter, _ now: Timestamp) throws(UsageError) -> WhatIf.Change
  {
    guard !(isOfUploads && isOfNoncurrent) else {
      throw UsageError(
        "Uploads are no versions.", hint: "ask about one of them at a time",
        blaming: "uploads")
    }
    guard let target else {
      guard expires else {
        throw UsageError("Missing expected argument '--to <class>' or '--expire'.")
      }
      guard !movesSmall else {
        throw UsageError("Nothing is moved.", hint: "leave out '--move-small', or say '--to CLASS'")
      }
      return .remove
    }
    guard !expires else {
      throw UsageError(
        "Objects are moved or removed, not both.", hint: "leave out '--to' or '--expire'")
    }
    guard !isOfUploads else {
      throw UsageError(
        "Lifecycle moves no uploads.", hint: "say '--expire --uploads'", blaming: "uploads")
    }
    let ageMs = filter.modifiedBefore.map {
      now.millisecondsSinceEpoch.minus($0.millisecondsSinceEpoch)
    }
    let daysMin = Transition.ageMin(to: target)
    if let ageMs, ageMs < Int64(daysMin) * 86_400_000 {
      throw UsageError(
        "Lifecycle moves objects to \(target) only when they are \(daysMin) days old.",
        hint: "say '--older-than \(daysMin)d'", blaming: "older-than")
    }
    // Classes that nobody knows are named where they are looked for.
    let sources = filter.storageClasses.map { $0.uppercased() }.filter {
      StorageClassRule($0) != nil
    }
    if let first = sources.first, sources.count == filter.storageClasses.count,
      !sources.contains(where: { $0 == target || Transition.isPossible(from: $0, to: target) })
    {
      throw Self.refusal(.uphill(from: first, to: target))
    }
    return .move(to: target, movesSmall: movesSmall)
  }

  private static func refusal(_ refusal: Transition.Refusal) -> UsageError {
    switch refusal {
    case .unknownTarget(let name):
      UsageError(
        "There is no class \(name) that lifecycle moves to.",
        hint: "use one of \(targets)", blaming: "to")
    case .uphill(let source, let target):
      UsageError(
        "cannot move \(source) to \(target) by lifecycle: restore and copy instead",
        blaming: "to")
    }
  }

  /// Those that anything can be moved to.
  private static var targets: String { Transition.classes.dropFirst().joined(separator: ", ") }

  /// Ages matter where a class has a minimum duration, or takes no young objects.
  private func grain(_ stored: [StoredPart], _ filter: ObjectFilter) -> StoredGrain {
    let wanted = Set(filter.storageClasses.map { $0.uppercased() })
    let hasDurations = stored.contains { part in
      part.rows.contains { row in
        (wanted.isEmpty || wanted.contains(row.storageClass.uppercased()))
          && Transition.durationMin(of: row.storageClass) > 0
      }
    }
    let isAboutAges = hasDurations || target.map { Transition.ageMin(to: $0) > 0 } ?? false
    return isAboutAges ? .ages(daysMax: Self.daysMax) : .classes
  }

  private static let columns = [
    Column("moved_objects", .count, rank: .stays), Column("moved_bytes", .bytes),
    Column("left_objects", .count), Column("left_bytes", .bytes, rank: .normal),
    Column("usd_now", .decimal, title: "USD now"), Column("usd_then", .decimal, title: "USD then"),
    Column("usd_saving", .decimal, title: "USD saving", rank: .stays),
    Column("usd_transitions", .decimal, title: "USD transitions"),
    Column("usd_early_at_least", .decimal, title: "USD early, at least", rank: .aside),
    Column("usd_early_at_most", .decimal, title: "USD early, at most", rank: .aside),
    Column("months_to_break_even", .decimal),
    Column("readable_gib", .decimal, title: "Readable GiB"),
    Column("small_objects", .count, rank: .aside), Column("small_bytes", .bytes, rank: .aside),
  ]

  private static func values(_ whatIf: WhatIf) -> [Value] {
    func money(_ amount: Rational?) -> Value { Value(amount?.decimal(places: CostSum.places)) }
    return [
      .integer(whatIf.moved.objects), whatIf.lacksBytes ? .null : .bytes(whatIf.moved.bytes),
      .integer(whatIf.left.objects),
      .bytes(whatIf.left.bytes), money(whatIf.now.usd), money(whatIf.then.usd),
      money(whatIf.saving),
      money(whatIf.transitions.isWhole ? whatIf.transitions.known : nil),
      money(whatIf.earlyAtLeast), money(whatIf.earlyAtMost),
      Value(whatIf.monthsToBreakEven?.decimal(places: 2)), money(whatIf.readableGiB),
      .integer(whatIf.small.objects), .bytes(whatIf.small.bytes),
    ]
  }

  private func remarks(_ whatIf: WhatIf, _ dates: [String]) -> [String] {
    var notes = dates
    func counted(_ part: WhatIf.Counted) -> String {
      "\(groupedDecimal(part.objects)) objects, \(groupedDecimal(part.bytes)) bytes"
    }
    if whatIf.small.objects > 0 {
      notes.append(
        "\(counted(whatIf.small)) under 128 KiB stay where they are; '--move-small' moves them")
    }
    if whatIf.young.objects > 0 {
      notes.append("\(counted(whatIf.young)) are not 30 days old and stay until then")
    }
    if whatIf.isNever, whatIf.moved.objects > 0 { notes.append("it never pays") }
    if let most = whatIf.then.atMost, whatIf.then.atLeast < most {
      notes.append(
        "then it costs between \(whatIf.then.atLeast.decimal(places: 6)) and "
          + "\(most.decimal(places: 6)) USD a month, by how often objects are read")
    }
    return notes.map { "Note: \($0)\n" }
  }

  private func unknowns(
    _ parts: [StoredPart], _ items: [PricedItem], _ whatIf: WhatIf,
    _ properties: [Int64: BucketProperties]
  ) -> UnknownCosts {
    var unknowns = UnknownCosts()
    for part in parts where part.isUnknown { unknowns.add(never: part.state, of: part.bucket) }
    for (item, reasons) in zip(items, whatIf.unknowns) {
      unknowns.add(reasons, of: item)
      if item.usage.unweighed > 0 { unknowns.addUnweighed(of: item) }
      // Expiry of an object writes a delete marker there.
      if expires, item.state == .current, properties[item.bucket.id]?[.versioning]?.state == .set {
        unknowns.addKept(of: item)
      }
    }
    return unknowns
  }
}
