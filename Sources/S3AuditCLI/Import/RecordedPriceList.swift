internal import Answers
internal import Costs
internal import Index

extension StoredPriceList {
  /// The prices that come with the program.
  static var recorded: StoredPriceList {
    StoredPriceList(
      name: "", checksum: RecordedPrices.checksum,
      prices: RecordedPrices.rows.map { StoredPrice($0) })
  }
}
