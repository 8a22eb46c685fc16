import Vocabulary

// GetObjectTagging, PutObjectTagging and DeleteObjectTagging.
extension ObjectOperations {
  func tagging(in contents: BucketContents) throws(S3Error) -> Answer {
    let found = try find(in: contents)
    var xml = ByteBuffer(S3XML.declaration)
    xml.append("<Tagging xmlns=\"\(S3XML.namespace)\"><TagSet>")
    for tag in contents.tags[contents.place(of: found)] ?? [] {
      xml.append("<Tag>")
      xml.appendElement("Key", tag.key)
      xml.appendElement("Value", tag.value)
      xml.append("</Tag>")
    }
    xml.append("</TagSet></Tagging>")
    return Answer(
      status: 200, headers: versionHeader(of: found.entry, at: found.index, in: contents), body: xml
    )
  }

  /// `tags`: nil takes them from the body.
  func putTagging(
    _ tags: [ObjectHead.Tag]? = nil, in contents: inout BucketContents
  ) throws(S3Error) -> Answer {
    let found = try find(in: contents)
    let text = String(decoding: request.body, as: UTF8.self)
    guard tags != nil || text.contains("<TagSet") else { throw .malformedXML }
    let told = text.elements("Tag").map { tag in
      ObjectHead.Tag(
        key: unescapedXML(tag.elements("Key").first ?? ""),
        value: unescapedXML(tag.elements("Value").first ?? ""))
    }
    guard told.count <= 10 else {
      throw S3Error(.badRequest, "Object tags cannot be greater than 10")
    }
    contents.tags[contents.place(of: found)] = tags ?? told
    return Answer(
      status: tags == nil ? 200 : 204,
      headers: versionHeader(of: found.entry, at: found.index, in: contents), body: ByteBuffer())
  }
}
