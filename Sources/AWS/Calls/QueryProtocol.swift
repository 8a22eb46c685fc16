package import HTTP
internal import Signing

/// A request of AWS's query protocol, which STS and CloudWatch speak: an action and its parameters,
/// sent as a form and answered in XML.
///
///     let request = QueryRequest("ListMetrics", version: "2010-08-01", [("Namespace", "AWS/S3")])
///     let metrics = try await account.caller(for: .cloudwatch, in: region).send(request)
///     let names = metrics["ListMetricsResult"]?["Metrics"]?.members.compactMap { $0["MetricName"]?.text }
///
/// A list is sent as numbered parameters, `Dimensions.member.1.Name`, and comes back as elements
/// called `member`. Redacted, because the parameters of STS hold tokens. Source: AWS Query protocol
/// (Smithy, `awsQuery`).
package struct QueryRequest: Sendable, Redacted {
  package let action: String
  private let version: String
  private let parameters: [(name: String, value: String)]

  private static let answerBytesMax = 1 << 20

  /// A request for `action` in the API of `version`; values are not yet escaped.
  package init(_ action: String, version: String, _ parameters: [(String, String)] = []) {
    self.action = action
    self.version = version
    self.parameters = parameters.map { (name: $0, value: $1) }
  }

  /// The call that carries the request to `address`.
  ///
  /// An answer longer than `bodyBytesMax` is an error.
  package func call(
    to address: ServiceAddress, bodyBytesMax: Int = QueryRequest.answerBytesMax
  ) -> ServiceCall {
    ServiceCall(
      method: "POST", address: address,
      headers: [
        HTTPHeader(name: "Content-Type", value: "application/x-www-form-urlencoded; charset=utf-8")
      ],
      body: form, bodyBytesMax: bodyBytesMax)
  }

  private var form: [UInt8] {
    let fields = [("Action", action), ("Version", version)] + parameters
    let text = fields.map { "\(URIEncoding.encode($0))=\(URIEncoding.encode($1))" }
    return Array(text.joined(separator: "&").utf8)
  }

  /// The root of the document that answers the request, `<ListMetricsResponse>`.
  ///
  /// Throws `QueryError` for a refusal, and for what is no answer to this action: a proxy's page, a
  /// document cut short, or one of another kind.
  package func answer(in response: HTTPResponse) throws(QueryError) -> QueryElement {
    let document: QueryElement
    do throws(XMLError) {
      document = try QueryElement(parsing: response.body)
    } catch {
      throw response.status == 200
        ? QueryError(action, unreadable: error.description)
        : QueryError(action, refusal: response.status, in: nil)
    }
    guard response.status == 200, !document.isError else {
      throw QueryError(action, refusal: response.status, in: document)
    }
    guard document.name == "\(action)Response" else {
      throw QueryError(action, unreadable: "its document is of another kind")
    }
    return document
  }
}

/// An element of an answer: its text, or its children.
///
/// Prefixes of names are left out: `<ns2:Error>` is `Error`. Redacted, because the answers of STS
/// hold keys.
package struct QueryElement: Sendable, Redacted {
  package let name: String
  /// The text directly inside; empty for an element that has children.
  package let text: String
  package let children: [QueryElement]

  /// Reads a whole document; nothing is returned of one that is cut short.
  package init(parsing document: [UInt8]) throws(XMLError) {
    self = try XMLScanner.scan(document) { (scanner) throws(XMLError) in
      _ = try scanner.nextChild()
      let root = try QueryElement(reading: &scanner)
      // Whatever follows the root is found before it is taken for an answer.
      _ = try scanner.nextChild()
      return root
    }
  }

  /// Reads the element just started to its end; the scanner limits how deep they nest.
  private init(reading scanner: inout XMLScanner) throws(XMLError) {
    name = Self.localName(scanner.name)
    var text = ""
    var children: [QueryElement] = []
    reading: while true {
      switch try scanner.next() {
      case .startElement: children.append(try QueryElement(reading: &scanner))
      case .text(let piece): text += scanner.string(piece)
      case .endElement, .end: break reading
      }
    }
    self.text = children.isEmpty ? text : ""
    self.children = children
  }

  private static func localName(_ name: String) -> String {
    name.split(separator: ":").last.map(String.init) ?? name
  }

  /// The first child of that name; nil without one.
  package subscript(name: String) -> QueryElement? { children.first { $0.name == name } }

  /// The elements of a list: all children called `member`.
  package var members: [QueryElement] { children.filter { $0.name == "member" } }

  /// The text of the first element of that name anywhere inside; nil without one.
  ///
  /// For servers that play a service of AWS, and wrap what they answer as they like.
  package func text(ofFirst name: String) -> String? {
    for child in children {
      if child.name == name { return child.text }
      if let text = child.text(ofFirst: name) { return text }
    }
    return nil
  }

  /// Whether the element is the root of an error of the protocol.
  fileprivate var isError: Bool { name == "ErrorResponse" }
}
