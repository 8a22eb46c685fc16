import Foundation
import TestSupport
import Testing

@testable import Costs

@Suite struct OfferTests {
  private static func offer(
    code: String = "AmazonS3", usage: String = "EU-TimedStorage-ByteHrs", attributes: String = "",
    tiers: [(String, String, String)] = [("0", "Inf", "0.0230000000")], currency: String = "USD"
  ) -> [UInt8] {
    let dimensions = tiers.enumerated().map { index, tier in
      """
      "S.T.\(index)": {"beginRange": "\(tier.0)", "endRange": "\(tier.1)", "unit": "GB-Mo",
        "pricePerUnit": {"\(currency)": "\(tier.2)"}, "appliesTo": []}
      """
    }
    return Array(
      """
      {"formatVersion": "v1.0", "offerCode": "\(code)", "version": "1", "publicationDate": "2026-01-01T00:00:00Z",
       "products": {"S": {"sku": "S", "attributes": {"servicecode": "\(code)", \(attributes)
         "usagetype": "\(usage)", "operation": ""}}},
       "terms": {"OnDemand": {"S": {"S.T": {"offerTermCode": "T", "sku": "S",
         "effectiveDate": "2026-01-01T00:00:00Z", "priceDimensions": {\(dimensions.joined(separator: ","))},
         "termAttributes": {}}}}}}
      """.utf8)
  }

  private func error(_ bytes: [UInt8]) -> OfferError.Kind? {
    do {
      _ = try Offer.read(bytes, source: "f")
      return nil
    } catch { return error.kind }
  }

  @Test func aRowOfAnOffer() throws {
    let offer = try Offer.read(Self.offer(), source: "f")
    #expect(
      offer.rows == [
        PriceRow(
          key: PriceKey(.standard, in: "eu-west-1"), from: 0, to: nil, unit: "GB-Mo",
          usdText: "0.0230000000", effectiveDate: "2026-01-01", source: "f")
      ])
  }

  @Test func otherOffersAreNamed() {
    #expect(error(Self.offer(code: "AmazonECR")) == .otherService("AmazonECR"))
    #expect(error(Array("{\"a\": 1}".utf8)) == .noOffer)
    #expect(error(Array("key,value\n1,2\n".utf8)) == .noOffer)
    #expect(error([]) == .noOffer)
    #expect(error(Array(Self.offer().dropLast(40))) == .truncated)
    #expect(error(Self.offer(currency: "CNY")) == .currency("CNY"))
  }

  private static let product =
    #"{"sku":"S","attributes":{"servicecode":"AmazonS3","usagetype":"EU-TimedStorage-ByteHrs"}}"#
  private static let terms =
    #"{"OnDemand":{"S":{"S.T":{"effectiveDate":"2026-01-01T00:00:00Z","priceDimensions":{"r":{"pricePerUnit":{"USD":"0.02"}}}}}}}"#

  /// Members come in any order, and the first of a name counts; what else is there is passed over.
  @Test(arguments: [
    #"{"terms":\#(terms),"products":{"S":\#(product)},"offerCode":"AmazonS3","attributesList":[{}]}"#,
    #"{"offerCode":"AmazonS3","offerCode":"AmazonECR","products":{"S":\#(product),"S":{"attributes":{}}},"terms":\#(terms)}"#,
    #"{"PriceList":null,"offerCode":"AmazonS3","products":{"S":\#(product),"T":{"attributes":{}}},"terms":\#(terms)}"#,
    #"{"terms":{"Reserved":[1],\#(terms.dropFirst()),"offerCode":"AmazonS3","products":{"S":\#(product)}}"#,
  ])
  func theOrderOfMembersIsOpen(_ text: String) throws {
    let offer = try Offer.read(Array(text.utf8), source: "f")
    #expect(offer.rows.map(\.usdText) == ["0.02"])
    #expect(offer.rows.allSatisfy { $0.from == 0 && $0.to == nil && $0.unit.isEmpty })
  }

  @Test(
    arguments: [
      (#"{"offerCode":"AmazonS3","products":{"S":\#(product)},"terms":{}"#, .truncated),
      (#"{"offerCode":"AmazonS3","products":{"S":\#(product)},"terms":{}}}"#, .truncated),
      (#"{"offerCode":"AmazonS3","products":{"S":\#(product),},"terms":{}}"#, .truncated),
      // What is broken further on counts before a shape that is not known.
      (#"{"offerCode":"AmazonECR","products":[],"terms":{},"x":01}"#, .truncated),
      (#"{"offerCode":"AmazonECR","products":[],"terms":{}}"#, .otherService("AmazonECR")),
      (#"{"offerCode":"AmazonS3","products":[],"terms":{}}"#, .noOffer),
      (#"{"offerCode":"AmazonS3","products":{"S":{"sku":"S"}},"terms":{}}"#, .noOffer),
      (
        #"{"offerCode":"AmazonS3","products":{"S":{"attributes":{"location":1}}},"terms":{}}"#,
        .noOffer
      ),
      (
        #"{"offerCode":"AmazonS3","products":{"S":{"attributes":{"other":null}}},"terms":{}}"#,
        .noOffer
      ),
      (#"{"offerCode":"AmazonS3","products":{},"terms":{"OnDemand":{"S":{"S.T":{}}}}}"#, .noOffer),
      (#"{"offerCode":"AmazonS3","products":{}}"#, .noOffer), (#"{"offerCode":1}"#, .noOffer),
      ("[]", .nothingKnown), ("[1]", .noOffer), ("[{}", .truncated),
      (#"{"offerCode":"AmazonS3","products":{},"terms":{}}"#, .nothingKnown),
      (#"{"PriceList":["{"]}"#, .truncated), (#"{"PriceList":["{}"]}"#, .noOffer),
      (#"{"PriceList":["[1"]}"#, .noOffer),
      (
        #"{"PriceList":[{"product":\#(product),"terms":{},"serviceCode":"AmazonECR"}]}"#,
        .otherService("AmazonECR")
      ),
      (#"{"PriceList":[{"product":\#(product),"terms":{}}]}"#, .nothingKnown),
      (#"{"PriceList":[]}"#, .nothingKnown),
    ] as [(String, OfferError.Kind)])
  func otherShapesAreNamed(_ text: String, _ expected: OfferError.Kind) {
    #expect(error(Array(text.utf8)) == expected)
  }

  @Test(arguments: ["2020-13-45", "2020-02-30", "9/1/2026", ""])
  func badDatesAreNamed(date: String) {
    let text = String(decoding: Self.offer(), as: UTF8.self).replacing(
      "\"effectiveDate\": \"2026-01-01T00:00:00Z\"", with: "\"effectiveDate\": \"\(date)\"")
    #expect(error(Array(text.utf8)) == .badDate(date))
  }

  /// Lists write prices as texts.
  @Test(arguments: ["null", "0.023", "[]"])
  func whatIsNoTextIsNoPrice(price: String) {
    let text = String(decoding: Self.offer(), as: UTF8.self).replacing(
      "\"0.0230000000\"", with: price)
    #expect(error(Array(text.utf8)) == .badPrice(""))
  }

  @Test(arguments: ["-0.1", "", "a", "0,023", "0x1"])
  func badPricesAreNamed(price: String) {
    #expect(error(Self.offer(tiers: [("0", "Inf", price)])) == .badPrice(price))
  }

  @Test func tiersAreWhole() {
    #expect(error(Self.offer(tiers: [("0", "10", "1"), ("11", "Inf", "1")])) == .gap(from: 10))
    #expect(error(Self.offer(tiers: [("0", "10", "1"), ("9", "Inf", "1")])) == .overlap(at: 9))
    #expect(error(Self.offer(tiers: [("0", "10", "1")])) == .gap(from: 10))
    #expect(error(Self.offer(tiers: [("5", "Inf", "1")])) == .gap(from: 0))
    #expect(error(Self.offer(tiers: [("0", "Inf", "1"), ("0", "Inf", "2")])) == .overlap(at: 0))
    #expect(error(Self.offer(tiers: [("0", "x", "1")])) == .badRange("x"))
  }

  @Test(arguments: [
    ("USE1-Files-TimedStorage-ByteHrs", ""), ("Tables-TimedStorage-ByteHrs", ""),
    ("EU-TimedStorage-ByteHrs", "\"location\": \"Moon\","),
    ("EU-TimedStorage-ByteHrs", "\"regionCode\": \"eu\\n\\u001B[31m\","),
  ])
  func whatIsNotKnownIsCounted(usage: String, attributes: String) {
    #expect(error(Self.offer(usage: usage, attributes: attributes)) == .nothingKnown)
  }

  /// Where the vectors are, the prices are beside them.
  private static let offerOf2016 = "../prices/AmazonS3-offer-2016.json"

  @Test(.enabled(if: Vectors.havePart(offerOf2016), "\(Vectors.notice(offerOf2016))"))
  func theOfferOf2016() throws {
    let offer = try Offer.read(Array(try Vectors.data(Self.offerOf2016)), source: "2016")
    let standard = offer.rows.filter { $0.key == PriceKey(.standard, in: "us-east-1") }
    #expect(standard.map(\.from) == [0, 1_024, 51_200, 512_000, 1_024_000, 5_120_000])
    #expect(Set(offer.rows.map(\.effectiveDate)) == ["2016-01-01"])
    let prices = PriceList(
      RecordedPrices.rows.map { (RecordedPrices.list, $0) } + offer.rows.map { ("2016", $0) },
      on: "2016-06-01")
    #expect(
      prices[PriceKey(.standard, in: "us-east-1")]?.cost(of: 71_680 << 30).known.decimal(places: 3)
        == "2104.832")
    #expect(prices[PriceKey(.standard, in: "us-east-2")] == nil)
    let today = PriceList(
      RecordedPrices.rows.map { (RecordedPrices.list, $0) } + offer.rows.map { ("2016", $0) },
      on: "2026-06-01")
    // No price of today is recorded for that day yet: the old one is the newest not after it.
    #expect(today[PriceKey(.standard, in: "us-east-1")]?.effectiveDate == "2016-01-01")
    #expect(offer.skipped["USE1-USW2-AWS-Out-Bytes"] == nil || offer.skipped.count > 10)
  }

  @Test func answersOfGetProducts() throws {
    let item = """
      {"product": {"sku": "S", "attributes": {"servicecode": "AmazonS3GlacierDeepArchive",
        "regionCode": "eu-west-1", "usagetype": "EU-TimedStorage-GDA-ByteHrs", "operation": ""}},
       "serviceCode": "AmazonS3GlacierDeepArchive", "version": "1", "publicationDate": "",
       "terms": {"OnDemand": {"S.T": {"effectiveDate": "2026-09-01T00:00:00Z", "priceDimensions": {"r": {
         "beginRange": "0", "endRange": "Inf", "unit": "GB-Mo", "pricePerUnit": {"USD": "0.00099"}}}}}}}
      """
    let text = String(decoding: try JSONEncoder().encode(item), as: UTF8.self)
    for list in [text, item] {
      let offer = try Offer.read(
        Array("{\"FormatVersion\": \"aws_v1\", \"PriceList\": [\(list)]}".utf8), source: "f")
      #expect(
        offer.rows.map(\.key) == [PriceKey(.deepArchive, in: "eu-west-1", service: .deepArchive)])
      #expect(try Offer.read(Array(" [\(list)]".utf8), source: "f") == offer)
    }
    #expect(error(Array("[]".utf8)) == .nothingKnown)
  }

  @Test func offersAsCSV() throws {
    let text = """
      "FormatVersion","v1.0"
      "Disclaimer","a ""list"", of prices"
      "Publication Date","2026-09-18T17:47:47Z"
      "Version","20260918174747"
      "OfferCode","AmazonS3"
      "SKU","OfferTermCode","RateCode","TermType","PriceDescription","EffectiveDate","StartingRange","EndingRange","Unit","PricePerUnit","Currency","Product Family","serviceCode","Location","Location Type","usageType","operation","Region Code"
      "A","T","A.T.1","OnDemand","$0.0245, per GB","2026-09-01","0","51200","GB-Mo","0.0245000000","USD","Storage","AmazonS3","EU (Frankfurt)","AWS Region","EUC1-TimedStorage-ByteHrs","","eu-central-1"
      "A","T","A.T.2","OnDemand","$0.0235","2026-09-01","51200","Inf","GB-Mo","0.0235000000","USD","Storage","AmazonS3","EU (Frankfurt)","AWS Region","EUC1-TimedStorage-ByteHrs","","eu-central-1"
      "B","T","B.T.1","OnDemand","$0","2026-09-01","0","Inf","GB","0.0000000000","USD","","AWSDataTransfer","","","EUC1-AWS-In-Bytes","",""

      """
    let offer = try Offer.read(Array(text.utf8), source: "f")
    #expect(offer.rows.map(\.usdText) == ["0.0245000000", "0.0235000000"])
    #expect(offer.rows.allSatisfy { $0.key == PriceKey(.standard, in: "eu-central-1") })
    #expect(offer.skipped == ["EUC1-AWS-In-Bytes": 1])
    // Cut off within a line, and within a field.
    #expect(error(Array(text.utf8.dropLast(10))) == .truncated)
    #expect(error(Array(text.utf8.dropLast(40))) == .truncated)
  }
}
