internal import SQLite
internal import Vocabulary

extension IndexWriter {
  /// Keeps the program's own list of prices, for those who read the index without the program; it writes
  /// only where another version's list is kept, or none.
  package func keepOwnPrices(_ list: StoredPriceList) throws {
    let known = try connection.first("SELECT checksum FROM price_list WHERE name = ''") {
      $0.string(at: 0)
    }
    guard known != list.checksum else { return }
    try inBatch {
      try connection.run(
        "DELETE FROM price WHERE list_id IN (SELECT id FROM price_list WHERE name = '')")
      try connection.run("DELETE FROM price_list WHERE name = ''")
      try insert(list)
    }
    try commit()
  }

  /// Takes over lists of prices that somebody imports, all of them or none.
  ///
  /// A price of one day takes the place of those that were imported before for the same thing and day;
  /// prices of other days stay.
  package func importPrices(_ lists: [StoredPriceList]) throws {
    try inBatch {
      for list in lists {
        for price in list.prices {
          try connection.run(
            Self.deletePrice, .text(price.service), .text(price.region), .text(price.usageType),
            .text(price.operation), .text(price.effectiveDate))
        }
        try insert(list)
      }
      try connection.run(
        """
        DELETE FROM price_list
        WHERE NOT EXISTS (SELECT 1 FROM price WHERE price.list_id = price_list.id)
        """)
    }
    try commit()
  }

  /// As `IndexReader.importedPrices`.
  package func importedPrices() throws -> [ImportedPrice] {
    try ImportedPrice.all(in: connection)
  }

  private func insert(_ list: StoredPriceList) throws {
    let id = try connection.first(
      """
      INSERT INTO price_list (name, checksum, imported_ms) VALUES (?1, ?2, ?3) RETURNING id
      """, .text(list.name), .text(list.checksum), .integer(now().millisecondsSinceEpoch)
    ) { $0.int64(at: 0) }
    guard let id else { throw IndexError.damaged(path: path, reason: "no row for a price list") }
    for price in list.prices {
      try connection.run(
        Self.insertPrice, .text(price.service), .text(price.region), .text(price.usageType),
        .text(price.operation), .text(price.effectiveDate), .integer(id), .integer(price.from),
        price.to.map { .integer($0) } ?? .null, .text(price.unit), .text(price.usd),
        .text(price.source))
    }
  }

  private static let deletePrice = """
    DELETE FROM price
    WHERE service = ?1 AND region = ?2 AND usage_type = ?3 AND operation = ?4 AND effective_date = ?5
      AND list_id IN (SELECT id FROM price_list WHERE name <> '')
    """

  private static let insertPrice = """
    INSERT INTO price (service, region, usage_type, operation, effective_date, list_id, tier_from,
      tier_to, unit, usd, source)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
    """
}
