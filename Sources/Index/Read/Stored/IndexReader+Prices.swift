internal import SQLite

/// A price that was imported, with the number of its list.
package struct ImportedPrice: Equatable, Sendable {
  package var list: Int64
  package var price: StoredPrice

  /// All of an index, in the order in which lists were imported.
  static func all(in connection: borrowing Connection) throws -> [ImportedPrice] {
    try connection.all(selectImported) { row in
      ImportedPrice(
        list: row.int64(at: 0),
        price: StoredPrice(
          service: row.string(at: 1), region: row.string(at: 2), usageType: row.string(at: 3),
          operation: row.string(at: 4), effectiveDate: row.string(at: 5), from: row.int64(at: 6),
          to: row.optionalInt64(at: 7), unit: row.string(at: 8), usd: row.string(at: 9),
          source: row.string(at: 10)))
    }
  }

  // The program has its own rows without reading them: those in an index may be another version's.
  private static let selectImported = """
    SELECT price_list.id, service, region, usage_type, operation, effective_date, tier_from, tier_to,
      unit, usd, source
    FROM price_list CROSS JOIN price ON price.list_id = price_list.id
    WHERE price_list.name <> ''
    ORDER BY price_list.id, service, region, usage_type, operation, effective_date, tier_from
    """
}

extension IndexReader {
  /// Every price that was imported, in the order in which lists were.
  package func importedPrices() throws -> [ImportedPrice] { try ImportedPrice.all(in: connection) }
}
