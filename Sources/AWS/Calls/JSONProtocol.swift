package import HTTP
internal import Vocabulary

extension ServiceCall {
  /// A call in AWS's JSON protocol 1.1: `target` names service and operation, `AWSPriceListService.GetProducts`.
  static func json(
    _ target: String, to address: ServiceAddress, _ body: JSONObject, bodyBytesMax: Int
  ) -> ServiceCall {
    ServiceCall(
      method: "POST", address: address, path: [UInt8(ascii: "/")],
      headers: [
        HTTPHeader(name: "Content-Type", value: "application/x-amz-json-1.1"),
        HTTPHeader(name: "X-Amz-Target", value: target),
      ], body: JSONValue.object(body).encoded(), bodyBytesMax: bodyBytesMax)
  }
}

extension HTTPResponse {
  /// The code of an error of a service that speaks JSON; nil where there is none that reads like one.
  ///
  /// From `x-amzn-errortype`, else from the body (AWS restJson1 protocol, "Operation error
  /// serialization"; OAuth 2.0, RFC 6749, 5.2). Messages are not read: they may quote what was sent.
  package var errorCode: String? {
    let answer = JSONValue(parsing: body)
    let places = [
      answer?["error"]?.string, headers["x-amzn-errortype"], answer?["__type"]?.string,
      answer?["code"]?.string,
    ]
    for case let text? in places {
      // `aws.protocols#FooError:http://internal.amazon.com/` is FooError.
      let name = text.prefix { $0 != ":" }.split(separator: "#").last ?? ""
      if looksLikeCode(name) { return String(name) }
    }
    return nil
  }

  /// `status 403, ForbiddenException`, for messages.
  var refusal: String { "status \(status)" + (errorCode.map { ", \($0)" } ?? "") }
}
