/// Why a price list cannot be taken over: none of it is.
package struct OfferError: Error, Equatable, Sendable, CustomStringConvertible {
  package enum Kind: Equatable, Sendable {
    /// Neither JSON nor CSV of a price list.
    case noOffer
    case truncated
    case otherService(String)
    case currency(String)
    case badPrice(String)
    case gap(from: Int64)
    case overlap(at: Int64)
    case badRange(String)
    case badDate(String)
    /// A good list, without a price that is of use here.
    case nothingKnown
  }

  package let kind: Kind
  /// The usage type and the region of a row that is to blame; empty for the whole list.
  package let place: String

  package init(_ kind: Kind, at place: String = "") {
    self.kind = kind
    self.place = place
  }

  package var description: String { place.isEmpty ? words : "\(place): \(words)" }

  private var words: String {
    switch kind {
    case .noOffer:
      "this is no price list: neither an offer as JSON or CSV nor an answer of GetProducts"
    case .truncated: "the list ends too early or is not well-formed"
    case .otherService(let name):
      name.isEmpty
        ? "this offer names no service" : "this is the offer of \(name), not of S3"
    case .currency(let name):
      name.isEmpty
        ? "the price has no currency; only prices in USD are taken"
        : "the price is in \(name); only prices in USD are taken"
    case .badPrice(let text): text.isEmpty ? "there is no price" : "'\(text)' is no price"
    case .gap(let from): "no tier has the price from \(from) on"
    case .overlap(let place): "two tiers have a price at \(place)"
    case .badRange(let text): "'\(text)' is no bound of a tier"
    case .badDate(let text): "'\(text)' is no date from which a price counts"
    case .nothingKnown: "none of its prices is one of S3's that this program knows"
    }
  }
}
