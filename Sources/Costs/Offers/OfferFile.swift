internal import Vocabulary

/// What is of use of a price list in JSON, and nothing more.
///
/// All initializers that read throw `JSONError`, `.otherKind` where a list has something else in a place.
struct OfferFile {
  struct Product {
    var sku = ""
    var serviceCode: String?
    var regionCode = ""
    var location = ""
    var usageType = ""
    var operation = ""
    var feeCode = ""
  }

  struct Term {
    var effectiveDate = ""
    var dimensions: [Dimension] = []
  }

  struct Dimension {
    var beginRange = "0"
    var endRange = "Inf"
    var unit = ""
    /// By currency.
    var prices: [String: String] = [:]
  }

  /// One product of an answer of GetProducts.
  struct Item {
    var product: Product
    var serviceCode: String?
    var terms: [Term]
  }

  var offerCode: String?
  /// By SKU, in the order of the list.
  var products: [(sku: String, product: Product)]?
  /// By SKU.
  var terms: [String: [Term]]?
  /// Of an answer of GetProducts, and of nothing else.
  var items: [Item]?

  init(reading reader: inout JSONReader) throws(JSONError) {
    // `--query PriceList` of the aws command leaves the answers alone.
    guard try reader.kind() != .array else {
      items = try Self.items(&reader)
      return
    }
    try reader.beginObject()
    while let name = try reader.nextName() {
      let isNull = try reader.kind() == .null
      switch name {
      case "offerCode" where offerCode == nil && !isNull: offerCode = try reader.string()
      case "products" where products == nil && !isNull:
        products = try reader.members { (reader) throws(JSONError) in
          try Product(reading: &reader)
        }
      case "terms" where terms == nil && !isNull: terms = try Self.terms(&reader)
      case "PriceList" where items == nil && !isNull: items = try Self.items(&reader)
      default: try reader.skip()
      }
    }
  }

  private static func terms(_ reader: inout JSONReader) throws(JSONError) -> [String: [Term]] {
    var onDemand: [(String, [Term])]?
    try reader.beginObject()
    while let name = try reader.nextName() {
      if name == "OnDemand", onDemand == nil, try reader.kind() != .null {
        onDemand = try reader.members { (reader) throws(JSONError) in
          try Term.all(&reader)
        }
      } else {
        // Reserved, of other services.
        try reader.skip()
      }
    }
    return Dictionary(uniqueKeysWithValues: onDemand ?? [])
  }

  private static func items(_ reader: inout JSONReader) throws(JSONError) -> [Item] {
    var items: [Item] = []
    try reader.beginArray()
    while try reader.nextElement() {
      // GetProducts answers with JSON in strings; who saves it may have taken it out of them.
      if try reader.kind() == .string {
        var inner = JSONReader(try reader.stringBytes())
        items.append(try Item(reading: &inner))
        try inner.finish()
      } else {
        items.append(try Item(reading: &reader))
      }
    }
    return items
  }
}

extension OfferFile.Item {
  init(reading reader: inout JSONReader) throws(JSONError) {
    var product: OfferFile.Product?
    var terms: [OfferFile.Term]?
    var serviceCode: String?
    try reader.beginObject()
    while let name = try reader.nextName() {
      switch name {
      case "product" where product == nil: product = try OfferFile.Product(reading: &reader)
      case "serviceCode" where serviceCode == nil: serviceCode = try reader.optionalString()
      case "terms" where terms == nil: terms = try Self.terms(&reader)
      default: try reader.skip()
      }
    }
    guard let product, let terms else { throw reader.missing() }
    self.init(product: product, serviceCode: serviceCode, terms: terms)
  }

  private static func terms(_ reader: inout JSONReader) throws(JSONError) -> [OfferFile.Term] {
    var onDemand: [OfferFile.Term]?
    try reader.beginObject()
    while let name = try reader.nextName() {
      if name == "OnDemand", onDemand == nil, try reader.kind() != .null {
        onDemand = try OfferFile.Term.all(&reader)
      } else {
        try reader.skip()
      }
    }
    return onDemand ?? []
  }
}

extension OfferFile.Product {
  fileprivate init(reading reader: inout JSONReader) throws(JSONError) {
    self.init()
    var sku: String?
    var hasAttributes = false
    try reader.beginObject()
    while let name = try reader.nextName() {
      switch name {
      case "sku" where sku == nil: sku = try reader.optionalString()
      case "attributes" where !hasAttributes:
        hasAttributes = true
        try readAttributes(&reader)
      default: try reader.skip()
      }
    }
    guard hasAttributes else { throw reader.missing() }
    self.sku = sku ?? ""
  }

  private mutating func readAttributes(_ reader: inout JSONReader) throws(JSONError) {
    try reader.beginObject()
    while let name = try reader.nextName() {
      switch name {
      case "servicecode" where serviceCode == nil: serviceCode = try reader.string()
      case "regionCode" where regionCode.isEmpty: regionCode = try reader.string()
      case "location" where location.isEmpty: location = try reader.string()
      case "usagetype" where usageType.isEmpty: usageType = try reader.string()
      case "operation" where operation.isEmpty: operation = try reader.string()
      case "feeCode" where feeCode.isEmpty: feeCode = try reader.string()
      default: try reader.skipString()
      }
    }
  }
}

extension OfferFile.Term {
  /// The terms of one product, by names that say nothing.
  fileprivate static func all(_ reader: inout JSONReader) throws(JSONError) -> [OfferFile.Term] {
    try reader.members { (reader) throws(JSONError) in try Self(reading: &reader) }.map(\.1)
  }

  private init(reading reader: inout JSONReader) throws(JSONError) {
    self.init()
    var effectiveDate: String?
    var dimensions: [(String, OfferFile.Dimension)]?
    try reader.beginObject()
    while let name = try reader.nextName() {
      switch name {
      case "effectiveDate" where effectiveDate == nil:
        effectiveDate = try reader.optionalString()
      case "priceDimensions" where dimensions == nil:
        dimensions = try reader.members { (reader) throws(JSONError) in
          try OfferFile.Dimension(reading: &reader)
        }
      default: try reader.skip()
      }
    }
    guard let dimensions else { throw reader.missing() }
    self.effectiveDate = effectiveDate ?? ""
    self.dimensions = dimensions.map(\.1)
  }
}

extension OfferFile.Dimension {
  fileprivate init(reading reader: inout JSONReader) throws(JSONError) {
    self.init()
    var beginRange: String?
    var endRange: String?
    var unit: String?
    try reader.beginObject()
    while let name = try reader.nextName() {
      switch name {
      case "beginRange" where beginRange == nil: beginRange = try reader.optionalString()
      case "endRange" where endRange == nil: endRange = try reader.optionalString()
      case "unit" where unit == nil: unit = try reader.optionalString()
      case "pricePerUnit":
        guard try reader.kind() != .null else {
          try reader.null()
          continue
        }
        let members = try reader.members { (reader) throws(JSONError) in try reader.priceText() }
        if prices.isEmpty { prices = Dictionary(uniqueKeysWithValues: members) }
      default: try reader.skip()
      }
    }
    self.beginRange = beginRange ?? self.beginRange
    self.endRange = endRange ?? self.endRange
    self.unit = unit ?? self.unit
  }
}

extension JSONReader {
  /// The members of an object in their order; of several with one name the first.
  fileprivate mutating func members<Member>(
    _ read: (inout JSONReader) throws(JSONError) -> Member
  ) throws(JSONError) -> [(String, Member)] {
    var seen: Set<String> = []
    var members: [(String, Member)] = []
    try beginObject()
    while let name = try nextName() {
      let member = try read(&self)
      if seen.insert(name).inserted { members.append((name, member)) }
    }
    return members
  }

  /// A string; nil for null.
  fileprivate mutating func optionalString() throws(JSONError) -> String? {
    guard try kind() == .null else { return try string() }
    try null()
    return nil
  }

  /// A price, which lists write as a text; empty for anything else, and said to be none where it is used.
  fileprivate mutating func priceText() throws(JSONError) -> String {
    guard try kind() != .string else { return try string() }
    try skip()
    return ""
  }

  /// Passes over a value that has to be a string.
  fileprivate mutating func skipString() throws(JSONError) {
    guard try kind() == .string else { throw missing() }
    try skip()
  }

  /// That what has to be here is not.
  fileprivate func missing() -> JSONError { error(.otherKind) }
}
