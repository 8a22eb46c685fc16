/// The parts that S3's documents share.
enum S3XML {
  static let declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
  static let namespace = "http://s3.amazonaws.com/doc/2006-03-01/"
  static let owner: StaticString = """
    <Owner><ID>75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a</ID>\
    <DisplayName>s3sim</DisplayName></Owner>
    """

  static let initiator = """
    <Initiator><ID>75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a</ID>\
    <DisplayName>s3sim</DisplayName></Initiator>
    """

  /// The answer to GetBucketVersioning: a bucket where it was never turned on has no status.
  static func versioning(_ versioning: VersioningState) -> ByteBuffer {
    var xml = ByteBuffer(declaration)
    xml.append("<VersioningConfiguration xmlns=\"\(namespace)\">")
    switch versioning {
    case .none: break
    case .enabled: xml.append("<Status>Enabled</Status>")
    case .suspended: xml.append("<Status>Suspended</Status>")
    }
    xml.append("</VersioningConfiguration>")
    return xml
  }

  /// The answer to GetBucketLocation: us-east-1 is the empty constraint.
  static func location(_ region: String) -> ByteBuffer {
    var xml = ByteBuffer(declaration)
    xml.append("<LocationConstraint xmlns=\"\(namespace)\">")
    xml.append(region == "us-east-1" ? "" : region)
    xml.append("</LocationConstraint>")
    return xml
  }
}
