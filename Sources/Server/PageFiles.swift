internal import HTTPServing
internal import Signing

/// The files of the page, which are part of the program; they tell nothing of the index, so they need no token.
struct PageFiles: Sendable {
  struct File: Sendable {
    var contentType: String
    var bytes: [UInt8]
    var tag: String

    init(_ contentType: String, _ bytes: [UInt8]) {
      self.contentType = contentType
      self.bytes = bytes
      tag = "\"\(Hexadecimal.text(Array(SHA256.digest(bytes).prefix(8))))\""
    }
  }

  static let root = "/"

  private let files: [String: File] = [
    root: File("text/html; charset=utf-8", PackageResources.index_html),
    "/app.css": File("text/css; charset=utf-8", PackageResources.app_css),
    "/model.js": File("text/javascript; charset=utf-8", PackageResources.model_js),
    "/charts.js": File("text/javascript; charset=utf-8", PackageResources.charts_js),
    "/app.js": File("text/javascript; charset=utf-8", app),
    "/icon.svg": File("image/svg+xml", PackageResources.icon_svg),
  ]

  /// One module in files by subject, as a browser asks for each module apart.
  private static let app =
    PackageResources.asking_js + PackageResources.scope_js + PackageResources.frame_js
    + PackageResources.cards_js + PackageResources.lists_js + PackageResources.keys_js

  func file(at path: String) -> File? { files[path] }

  /// Nothing from elsewhere, nothing in the markup, no frame around it, and text only where text belongs.
  static let policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    + "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
}

extension PageFiles.File {
  /// The file on the wire, or that the client has it already.
  func answer(to request: ServedRequest) -> ServedAnswer {
    var headers: [(name: String, value: String)] = [
      ("Cache-Control", "no-cache"), ("ETag", tag),
      ("Content-Security-Policy", PageFiles.policy),
    ]
    let known = request.headers.first { $0.name == "if-none-match" }?.value
    if let known, isNamed(in: known) {
      return ServedAnswer(status: 304, headers: headers, body: [], closes: false)
    }
    headers.append(("Content-Type", contentType))
    return ServedAnswer(status: 200, headers: headers, body: bytes, closes: false)
  }

  private func isNamed(in field: [UInt8]) -> Bool {
    field.split(separator: UInt8(ascii: ",")).contains { one in
      var own = one.drop { $0 == 0x20 }
      if own.starts(with: "W/".utf8) { own = own.dropFirst(2) }
      while own.last == 0x20 { own.removeLast() }
      return own.elementsEqual(tag.utf8) || own.elementsEqual("*".utf8)
    }
  }
}
