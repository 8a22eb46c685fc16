internal import AWS
internal import Signing
internal import Vocabulary

/// What requests are signed with, without what is secret of it.
struct DoctorCredentials {
  private let service: Service
  private let now: Timestamp

  init(_ service: Service, now: Timestamp) {
    self.service = service
    self.now = now
  }

  var checks: [DoctorCheck] {
    guard let credentials = service.credentials else {
      return [DoctorCheck(.credentials, "source", .ok, service.credentialsSource)]
    }
    var checks = [
      DoctorCheck(.credentials, "source", .ok, credentials.providerName),
      DoctorCheck(
        .credentials, "access key", .ok, "ends in \(credentials.accessKeyID.suffix(4))"),
    ]
    if let account = credentials.accountID {
      checks.append(DoctorCheck(.credentials, "account", .ok, account))
    }
    checks.append(
      DoctorCheck(.credentials, "expiry", .ok, expiryText(credentials.expiration)))
    return checks
  }

  private func expiryText(_ end: SigningTime?) -> String {
    guard let end else { return "never" }
    let milliseconds = end.secondsSinceEpoch * 1_000 - now.millisecondsSinceEpoch
    let moment = Timestamp(millisecondsSinceEpoch: end.secondsSinceEpoch * 1_000)
    return "in \(ageText(milliseconds)), at \(moment.iso8601)"
  }
}
