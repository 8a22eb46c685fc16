internal import Vocabulary

/// A bulk offer as JSON, or an answer of GetProducts (AWS Price List, "Reading the service price list file").
///
/// Offers are tens of megabytes long, nearly all of it of no use here: they are read value by value, and what is
/// not wanted is passed over.
enum JSONOffer {
  static func read(_ bytes: [UInt8], into builder: inout OfferBuilder) throws(OfferError) {
    let file: OfferFile
    do throws(JSONError) {
      var reader = JSONReader(bytes)
      file = try OfferFile(reading: &reader)
      try reader.finish()
    } catch {
      throw try reason(error, bytes)
    }
    if let items = file.items {
      for item in items { try add(item, into: &builder) }
    } else if let offerCode = file.offerCode, let products = file.products, let terms = file.terms {
      try OfferBuilder.check(offerCode: offerCode)
      for (sku, product) in products {
        for term in terms[sku] ?? [] { try add(product, term, offerCode, into: &builder) }
      }
    } else {
      throw OfferError(.noOffer)
    }
  }

  /// What is wrong with a text that could not be read.
  private static func reason(
    _ error: JSONError, _ bytes: [UInt8]
  ) throws(OfferError) -> OfferError {
    guard error.problem == .otherKind else { return OfferError(.truncated) }
    // It may be broken further on; if not, another service's may be of another shape. It is named all the same.
    var offerCode: String?
    do throws(JSONError) {
      var reader = JSONReader(bytes)
      offerCode = try Self.offerCode(&reader)
      try reader.finish()
    } catch {
      return OfferError(.truncated)
    }
    if let offerCode { try OfferBuilder.check(offerCode: offerCode) }
    return OfferError(.noOffer)
  }

  private static func offerCode(_ reader: inout JSONReader) throws(JSONError) -> String? {
    guard try reader.kind() == .object else {
      try reader.skip()
      return nil
    }
    try reader.beginObject()
    var offerCode: String?
    while let name = try reader.nextName() {
      if name == "offerCode", offerCode == nil, try reader.kind() == .string {
        offerCode = try reader.string()
      } else {
        try reader.skip()
      }
    }
    return offerCode
  }

  private static func add(
    _ item: OfferFile.Item, into builder: inout OfferBuilder
  ) throws(OfferError) {
    let serviceCode = item.serviceCode ?? item.product.serviceCode ?? ""
    try OfferBuilder.check(offerCode: serviceCode)
    for term in item.terms { try add(item.product, term, serviceCode, into: &builder) }
  }

  private static func add(
    _ product: OfferFile.Product, _ term: OfferFile.Term, _ offerCode: String,
    into builder: inout OfferBuilder
  ) throws(OfferError) {
    for dimension in term.dimensions {
      var price = OfferedPrice()
      price.serviceCode = product.serviceCode ?? offerCode
      price.regionCode = product.regionCode
      price.location = product.location
      price.usageType = product.usageType
      price.operation = product.operation
      price.sku = product.sku
      price.feeCode = product.feeCode
      price.effectiveDate = term.effectiveDate
      price.beginRange = dimension.beginRange
      price.endRange = dimension.endRange
      price.unit = dimension.unit
      price.prices = dimension.prices
      try builder.add(price)
    }
  }
}
