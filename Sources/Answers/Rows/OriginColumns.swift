internal import Index
internal import Report

/// The columns that tell buckets of one name apart, as far as the index has need of them.
struct OriginColumns {
  var showsAccount: Bool
  var showsEndpoint: Bool
  /// Whether the account tells anything apart.
  private let hasAccounts: Bool

  init(_ reader: IndexReader) throws {
    (showsAccount, showsEndpoint) = try reader.originCounts()
    hasAccounts = showsAccount
  }

  /// The same where the answer has a column for the account in any case, or rows are of no account.
  func showing(account: Bool, endpoint: Bool = true) -> OriginColumns {
    var columns = self
    columns.showsAccount = account
    columns.showsEndpoint = endpoint && showsEndpoint
    return columns
  }

  var columns: [Column] {
    (showsAccount ? [Column("account", .text, rank: hasAccounts ? .normal : .aside)] : [])
      + (showsEndpoint ? [Column("endpoint", .text)] : [])
  }

  func add(_ bucket: BucketSummary, to writer: inout ReportWriter) {
    if showsAccount { writer.add(Self.account(bucket.account?.name)) }
    if showsEndpoint { writer.add(.text(bucket.endpoint)) }
  }

  /// The values for a row, which are null for one that is of several.
  func values(_ origin: BucketOrigin?) -> [Value] {
    (showsAccount ? [Self.account(origin?.account)] : [])
      + (showsEndpoint ? [origin.map { .text($0.endpoint) } ?? .null] : [])
  }

  private static func account(_ name: String?) -> Value { name.map { .text($0) } ?? .null }
}
