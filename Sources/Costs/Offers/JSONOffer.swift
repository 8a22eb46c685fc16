#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// A bulk offer as JSON, or an answer of GetProducts (AWS Price List, "Reading the service price list file").
enum JSONOffer {
  static func read(_ bytes: [UInt8], into builder: inout OfferBuilder) throws(OfferError) {
    let data = Data(bytes)
    let file: File
    do {
      // `--query PriceList` of the aws command leaves the answers alone.
      file =
        bytes.first { !JSONOffer.blanks.contains($0) } == UInt8(ascii: "[")
        ? File(PriceList: try JSONDecoder().decode([Answer].self, from: data))
        : try JSONDecoder().decode(File.self, from: data)
    } catch let error as DecodingError {
      if case .dataCorrupted = error { throw OfferError(.truncated) }
      // Another service's may be of another shape; it is named all the same.
      if let head = try? JSONDecoder().decode(Head.self, from: data) {
        try OfferBuilder.check(offerCode: head.offerCode)
      }
      throw OfferError(.noOffer)
    } catch {
      throw OfferError(.noOffer)
    }
    if let answers = file.PriceList {
      for answer in answers { try add(answer.item, into: &builder) }
    } else if let offerCode = file.offerCode, let products = file.products, let terms = file.terms {
      try OfferBuilder.check(offerCode: offerCode)
      for (sku, product) in products {
        for term in terms.OnDemand?[sku]?.values ?? [:].values {
          try add(product, term, offerCode, into: &builder)
        }
      }
    } else {
      throw OfferError(.noOffer)
    }
  }

  private static let blanks: [UInt8] = [0x20, 0x09, 0x0A, 0x0D]

  private static func add(
    _ item: Item, into builder: inout OfferBuilder
  ) throws(OfferError) {
    let serviceCode = item.serviceCode ?? item.product.attributes["servicecode"] ?? ""
    try OfferBuilder.check(offerCode: serviceCode)
    for term in item.terms.OnDemand?.values ?? [:].values {
      try add(item.product, term, serviceCode, into: &builder)
    }
  }

  private static func add(
    _ product: Product, _ term: Term, _ offerCode: String, into builder: inout OfferBuilder
  ) throws(OfferError) {
    for dimension in term.priceDimensions.values {
      var price = OfferedPrice()
      price.serviceCode = product.attributes["servicecode"] ?? offerCode
      price.regionCode = product.attributes["regionCode"] ?? ""
      price.location = product.attributes["location"] ?? ""
      price.usageType = product.attributes["usagetype"] ?? ""
      price.operation = product.attributes["operation"] ?? ""
      price.sku = product.sku ?? ""
      price.feeCode = product.attributes["feeCode"] ?? ""
      price.effectiveDate = term.effectiveDate ?? ""
      price.beginRange = dimension.beginRange ?? "0"
      price.endRange = dimension.endRange ?? "Inf"
      price.unit = dimension.unit ?? ""
      price.prices = (dimension.pricePerUnit ?? [:]).mapValues(\.text)
      try builder.add(price)
    }
  }

  private struct Head: Decodable {
    var offerCode: String
  }

  private struct File: Decodable {
    var offerCode: String?
    var products: [String: Product]?
    var terms: Terms?
    var PriceList: [Answer]?

    struct Terms: Decodable {
      var OnDemand: [String: [String: Term]]?
    }
  }

  private struct Product: Decodable {
    var sku: String?
    var attributes: [String: String]
  }

  private struct Term: Decodable {
    var effectiveDate: String?
    var priceDimensions: [String: Dimension]
  }

  private struct Dimension: Decodable {
    var beginRange: String?
    var endRange: String?
    var unit: String?
    var pricePerUnit: [String: Amount]?
  }

  /// A price, which lists write as a text; empty for anything else.
  private struct Amount: Decodable {
    var text: String

    init(from decoder: any Decoder) throws {
      // What is no text is no price, and said to be none where it is used.
      text = (try? decoder.singleValueContainer().decode(String.self)) ?? ""
    }
  }

  private struct Item: Decodable {
    var product: Product
    var serviceCode: String?
    var terms: Terms

    struct Terms: Decodable {
      var OnDemand: [String: Term]?
    }
  }

  /// GetProducts answers with JSON in strings; who saves it may have taken it out of them.
  private struct Answer: Decodable {
    var item: Item

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      // Not a string: the object itself.
      guard let text = try? container.decode(String.self) else {
        item = try container.decode(Item.self)
        return
      }
      item = try JSONDecoder().decode(Item.self, from: Data(text.utf8))
    }
  }
}
