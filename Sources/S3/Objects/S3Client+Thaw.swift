internal import AWS
internal import HTTP
package import Vocabulary

/// What came of asking for a version to be brought back.
package enum ThawAnswer: Equatable, Sendable {
  case begun
  /// It was asked for before, and is on its way.
  case underWay
  /// It can be read already; the days that it stays so are counted anew.
  case ready
  /// It is in no archive, so that there is nothing to bring back.
  case notArchived
}

extension S3Client {
  private static let thawOperation = "bring back"

  /// Whether requests go to AWS itself, whose answers leave nothing out that its documents promise.
  package var isAWS: Bool { endpoint.custom == nil }

  /// Asks for a version to be brought back from its archive, readable for `days` from when it is back.
  ///
  /// ```
  /// POST /holiday/a.jpg?restore&versionId=3sL4kqtJ     <RestoreRequest><Days>7</Days>…<Tier>Bulk</Tier>…
  /// 202  it begins        409 RestoreAlreadyInProgress  it is under way
  /// 200  it is there      403 InvalidObjectState        it is in no archive
  /// ```
  ///
  /// Tiers of `INTELLIGENT_TIERING` take no days (API Reference, "RestoreObject"). A request whose answer was
  /// lost is sent again: the second one finds it under way, and nothing is paid twice.
  ///
  /// - Throws: `S3Error`; `lacksExpeditedCapacity` where the service has no room for a fast retrieval now.
  package func thaw(
    _ object: ObjectAddress, from archive: Archive, by speed: ThawSpeed, days: Int
  ) async throws -> ThawAnswer {
    let daysElement = archive.isTier ? "" : "<Days>\(days)</Days>"
    let body = """
      <RestoreRequest xmlns="http://s3.amazonaws.com/doc/2006-03-01/">\(daysElement)\
      <GlacierJobParameters><Tier>\(speed.wireName)</Tier></GlacierJobParameters></RestoreRequest>
      """
    return try await sendToObject(
      object, operation: Self.thawOperation, method: "POST", query: [QueryParameter("restore")],
      headers: [HTTPHeader(name: "Content-Type", value: "application/xml")], body: Array(body.utf8)
    ) { response throws(S3Error) in
      switch response.status {
      case 202: return .begun
      case 200: return .ready
      default: break
      }
      let error = refusal(response, operation: Self.thawOperation, resource: object.resource)
      switch error.code {
      case "RestoreAlreadyInProgress": return .underWay
      case "InvalidObjectState": return .notArchived
      default: throw error
      }
    }
  }
}

extension ObjectHead {
  /// Where the version is archived; nil when it can be read at once.
  ///
  /// What was brought back from a tier of `INTELLIGENT_TIERING` is archived no more; a copy of `GLACIER` and
  /// `DEEP_ARCHIVE` leaves the class as it is, and `thaw` tells of it.
  package var archive: Archive? {
    Archive(storageClass: storageClass, tier: self["x-amz-archive-status"])
  }

  /// How far the version is on its way back; nil when nobody asked for it, or its copy is gone again.
  ///
  /// `x-amz-restore: ongoing-request="false", expiry-date="Fri, 21 Dec 2012 00:00:00 GMT"` (API Reference,
  /// "HeadObject").
  package var thaw: ThawProgress? {
    guard let text = self["x-amz-restore"] else { return nil }
    func value(_ name: String) -> String? {
      guard let start = text.firstRange(of: "\(name)=\"") else { return nil }
      return String(text[start.upperBound...].prefix { $0 != "\"" })
    }
    switch value("ongoing-request")?.lowercased() {
    case "true": return .underWay
    case "false": return .ready(until: value("expiry-date").flatMap { Timestamp(written: $0) })
    default: return nil
    }
  }
}

extension S3Error {
  /// Whether the service has no room for a fast retrieval at the moment, and takes slower ones.
  package var lacksExpeditedCapacity: Bool { code == Self.noRoomCode }

  package static let noRoomCode = "GlacierExpeditedRetrievalNotAvailable"
}
