internal import AWS
internal import Answers
internal import Arguments
internal import Costs
internal import Index
internal import Report
internal import Vocabulary

/// `import`: takes over what others have written down.
let importCommand = ToolCommand(
  group: Command<ImportArguments>(
    name: "import", abstract: "Take over listings, inventories, indexes and prices."),
  [importListingCommand, importInventoryCommand, importIndexCommand, importPricesCommand])

/// What all commands of the group take: nothing.
struct ImportArguments: CommandArguments {}

/// `import prices`: takes over what AWS's services cost.
let importPricesCommand = ToolCommand(
  Command<ImportPricesArguments>(
    name: "prices", abstract: "Take over price lists of AWS into the index.",
    discussion: """
      Reads offers as AWS publishes them (index.json or index.csv of AmazonS3 and AmazonS3GlacierDeepArchive), saved \
      answers of GetProducts, all of these compressed with gzip, and with --live asks GetProducts. Of each price \
      the newest list counts that is not after the day that is asked about; older lists are kept for questions \
      about their time. Usage types and places that are not known are left out and counted; --verbose names them. \
      When one list cannot be read, none is taken over.
      """,
    positionals: [
      Positional(
        name: "file", help: "A file, the URL of one, or - for standard input.", isRequired: false,
        isRepeated: true)
    ],
    options: [
      .flag(
        "live",
        help:
          "Ask AWS's Price List for the regions of the index's buckets, or for all without any.",
        sets: \.isLive)
    ] + ConnectionOptions.rows(takesProfiles: false, \.connection),
    examples: [
      Example(
        "The prices of one region:",
        "s3audit import prices https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/AmazonS3/current/eu-west-1/index.json"
      ),
      Example("Files that were saved:", "s3audit import prices s3.json glacier.csv.gz"),
      Example("What AWS says now:", "s3audit import prices --live"),
      Example("What is known:", "s3audit query sql \"SELECT * FROM prices\""),
    ],
    exitStatuses: ExitStatus.rows,
    applyPositionals: { arguments, files throws(UsageError) in arguments.sources += files })
) { arguments, context in
  try await ImportPrices(context, arguments).run()
}

/// What was asked of `import prices`.
struct ImportPricesArguments: CommandArguments {
  var sources: [String] = []
  var isLive = false
  var connection = ConnectionOptions()
}

private struct ImportPrices: Sendable {
  private let context: Context
  private let arguments: ImportPricesArguments

  init(_ context: Context, _ arguments: ImportPricesArguments) {
    self.context = context
    self.arguments = arguments
  }

  /// A list with where it came from.
  private struct Read {
    var name: String
    var checksum: String
    var offer: Offer
    /// How many of its prices are older than one that was known before.
    var older = 0
  }

  func run() async throws -> ExitStatus {
    guard !arguments.sources.isEmpty || arguments.isLive else {
      throw UsageError("There is nothing to import.", hint: "name a file or a URL, or say --live")
    }
    guard arguments.sources.count(where: { $0 == "-" }) < 2 else {
      throw UsageError("Standard input can be read once.", hint: "say - once")
    }
    return try await context.interrupt.cancelling { try await read() }
  }

  private func read() async throws -> ExitStatus {
    let path = try context.indexPath()
    context.say("index: \(path)")
    var lists: [Read] = []
    for source in arguments.sources {
      let bytes = try await OfferSource(source, context).bytes()
      lists.append(
        try parsed(source == "-" ? "standard input" : source, [bytes]) {
          () throws(OfferError) in
          try Offer.read(bytes, source: source == "-" ? "standard input" : source)
        })
    }
    if arguments.isLive { lists += try await live(path) }
    let writer = try IndexWriter(
      path: path, patience: context.patience(indexPath: path), now: systemTime)
    let (status, rest) = try await writer.resting { [lists] in try await keep(lists, writer) }
    context.say(rest, of: path)
    return status
  }

  private func parsed(
    _ name: String, _ pages: [[UInt8]], _ read: () throws(OfferError) -> Offer
  ) throws -> Read {
    do {
      let offer = try read()
      return Read(name: name, checksum: Checksum.text(of: Array(pages.joined())), offer: offer)
    } catch { throw failure(name, error) }
  }

  private func failure(_ name: String, _ error: OfferError) -> CommandFailure {
    // It has words of the list's.
    let reason = "\(error)".escapingControls()
    return CommandFailure(
      message: "cannot take over prices from \(name.escapingControls()): \(reason)",
      hint: "nothing was imported; files to import are described in 's3audit import prices --help'")
  }

  private func live(_ path: String) async throws -> [Read] {
    let account = try await Account.connect(
      arguments.connection, limits: context.limits(connections: 4))
    for line in account.verboseLines { context.say(line) }
    let client = try PricingClient(account: account)
    let day = context.now.iso8601.prefix(10)
    var lists: [Read] = []
    var empty: [String] = []
    for region in try regions(path) {
      for service in PriceService.allCases {
        let pages = try await client.products(of: service.rawValue, in: region)
        let place = service.rawValue + (region.map { " in \($0.escapingControls())" } ?? "")
        let name = "GetProducts of \(day), \(place)"
        do throws(OfferError) {
          let offer = try Offer.read(pages: pages, source: "GetProducts of \(day)")
          let checksum = Checksum.text(of: Array(pages.joined()))
          lists.append(Read(name: name, checksum: checksum, offer: offer))
        } catch {
          // Not every region has every service, and those of other partitions are on other lists.
          guard error.kind == .nothingKnown else { throw failure(name, error) }
          empty.append(place)
        }
      }
    }
    guard !lists.isEmpty else {
      throw failure("GetProducts of \(day)", OfferError(.nothingKnown))
    }
    if !empty.isEmpty {
      Terminal.writeError("Warning: AWS has no price of \(empty.joined(separator: ", "))\n")
    }
    return lists
  }

  /// The regions of the index's buckets on AWS; nil for all, where there are none.
  private func regions(_ path: String) throws -> [String?] {
    guard IndexFiles(path: path) != nil else { return [nil] }
    let buckets = try IndexReader(path: path, now: context.now).buckets(matching: [])
    let regions = Set(buckets.filter { !$0.endpoint.contains("://") }.compactMap(\.region))
    return regions.isEmpty ? [nil] : regions.sorted().map { $0 }
  }

  private func keep(_ lists: [Read], _ writer: IndexWriter) async throws -> ExitStatus {
    try await writer.keepOwnPrices(.recorded)
    let known = RecordedPrices.newestDates(
      with: try await writer.importedPrices().map { ($0.price.place, $0.price.effectiveDate) })
    let lists = lists.map { list in
      var list = list
      list.older = list.offer.rows.count { row in
        known[StoredPrice(row).place].map { row.effectiveDate < $0 } ?? false
      }
      return list
    }
    try await writer.importPrices(
      lists.map { list in
        StoredPriceList(
          name: list.name, checksum: list.checksum, prices: list.offer.rows.map { StoredPrice($0) })
      })
    try report(lists)
    return .done
  }

  private func report(_ lists: [Read]) throws {
    for list in lists {
      for (name, count) in list.offer.skipped.sorted(by: { $0.key < $1.key }) {
        context.say("left out of \(list.name): \(name) (\(count))")
      }
      guard list.older > 0, !context.options.output.isQuiet else { continue }
      let (prices, are) = (counted(Int64(list.older), "price"), list.older == 1 ? "is" : "are")
      Terminal.writeError(
        "Note: \(prices) of \(list.name.escapingControls()) \(are) older than what was known: "
          + "--prices-as-of a day of their time asks about them\n")
    }
    guard !context.options.output.isQuiet else { return }
    var writer = ReportWriter(
      columns: [
        Column("source", .text, rank: .answer), Column("prices", .count, rank: .stays),
        Column("regions", .count), Column("effective_from", .text), Column("effective_to", .text),
        Column("older", .count), Column("skipped", .count),
      ], options: context.reportOptions()
    ) { try Terminal.writeOutput($0) }
    for list in lists {
      let dates = list.offer.rows.map(\.effectiveDate)
      try writer.append([
        .text(list.name), .integer(Int64(list.offer.rows.count)),
        .integer(Int64(Set(list.offer.rows.map(\.key.region)).count)),
        dates.min().map { .text($0) } ?? .null, dates.max().map { .text($0) } ?? .null,
        .integer(Int64(list.older)), .integer(Int64(list.offer.skipped.values.reduce(0, +))),
      ])
    }
    try writer.finish()
  }
}

extension StoredPrice {
  /// What it is the price of.
  fileprivate var place: String { "\(service) \(region) \(usageType) \(operation)" }
}

extension RecordedPrices {
  /// From when the newest known price of each thing counts: of those recorded, and these.
  fileprivate static func newestDates(with others: [(String, String)]) -> [String: String] {
    let own = rows.map { (StoredPrice($0).place, $0.effectiveDate) }
    return Dictionary(own + others) { max($0, $1) }
  }
}
