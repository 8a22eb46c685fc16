/// A bulk offer as CSV: five lines about the list, a header, a line a price (AWS Price List, "Reading the service
/// price list file").
enum CSVOffer {
  static func read(_ bytes: [UInt8], into builder: inout OfferBuilder) throws(OfferError) {
    var records = CSVRecords(bytes)
    var columns: [String: Int]?
    var fieldsMin = 0
    while let record = try records.next() {
      guard let found = columns else {
        if record.first == "OfferCode", record.count > 1 {
          try OfferBuilder.check(offerCode: record[1])
        }
        if record.first == "SKU" {
          columns = Dictionary(
            record.enumerated().map { (Self.folded($1), $0) },
            uniquingKeysWith: { first, _ in first })
          fieldsMin = record.count
        }
        continue
      }
      // Lines have a field for each column: this one was cut off.
      guard record.count >= fieldsMin else { throw OfferError(.truncated) }
      try add(record, found, into: &builder)
    }
    guard columns != nil else { throw OfferError(.noOffer) }
  }

  /// `Region Code`, `regionCode`: lists write their columns in several ways.
  private static func folded(_ name: String) -> String {
    name.lowercased().filter { $0 != " " }
  }

  private static func add(
    _ record: [String], _ columns: [String: Int], into builder: inout OfferBuilder
  ) throws(OfferError) {
    func field(_ name: String) -> String {
      columns[name].flatMap { $0 < record.count ? record[$0] : nil } ?? ""
    }
    guard field("termtype") != "Reserved" else { return }
    var price = OfferedPrice()
    price.serviceCode = field("servicecode")
    price.regionCode = field("regioncode")
    price.location = field("location")
    price.usageType = field("usagetype")
    price.operation = field("operation")
    price.sku = field("sku")
    price.feeCode = field("feecode")
    price.effectiveDate = field("effectivedate")
    price.beginRange = field("startingrange")
    price.endRange = field("endingrange")
    price.unit = field("unit")
    price.prices = [field("currency"): field("priceperunit")]
    try builder.add(price)
  }
}

/// Lines of RFC 4180, with quotes where a field holds a comma, a quote or a line break.
struct CSVRecords {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// Nil at the end; empty lines are passed over.
  mutating func next() throws(OfferError) -> [String]? {
    while position < bytes.count, [0x0A, 0x0D].contains(bytes[position]) { position += 1 }
    guard position < bytes.count else { return nil }
    var fields: [String] = []
    while true {
      fields.append(try field())
      guard position < bytes.count else { return fields }
      let end = bytes[position]
      position += 1
      if end != UInt8(ascii: ",") { return fields }
      if position == bytes.count {
        fields.append("")
        return fields
      }
    }
  }

  private mutating func field() throws(OfferError) -> String {
    guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
      let start = position
      while position < bytes.count, ![UInt8(ascii: ","), 0x0A, 0x0D].contains(bytes[position]) {
        position += 1
      }
      return String(decoding: bytes[start..<position], as: UTF8.self)
    }
    position += 1
    var text: [UInt8] = []
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      guard byte == UInt8(ascii: "\"") else {
        text.append(byte)
        continue
      }
      guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
        return String(decoding: text, as: UTF8.self)
      }
      text.append(byte)
      position += 1
    }
    throw OfferError(.truncated)
  }
}
