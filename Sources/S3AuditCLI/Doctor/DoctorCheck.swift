internal import Report

/// One thing that `doctor` looked at, and what it found.
struct DoctorCheck: Equatable, Sendable {
  enum Area: String, CaseIterable, Sendable {
    case configuration, credentials, network, clock, permissions, index, program
  }

  enum Status: String, CaseIterable, Sendable {
    case ok, warning, failed
    /// The service said that it is not permitted.
    case denied
    /// The server does not know such a request.
    case unsupported
    /// Not looked at, for the reason in the detail.
    case skipped

    var isTrouble: Bool { self == .failed || self == .denied }
  }

  /// What its trouble means for a sync.
  enum Weight: Sendable {
    /// A sync fails.
    case needed
    /// One bucket is left out.
    case bucket
    /// A sync works.
    case optional
  }

  var area: Area
  /// What was looked at; the action, for a permission.
  var name: String
  /// The feature that needs the permission.
  var feature: Feature?
  /// What the permission was tried on.
  var resource: String?
  var status: Status
  var detail: String
  /// What the user can do about it.
  var help: String?
  var weight: Weight

  init(
    _ area: Area, _ name: String, _ status: Status, _ detail: String, help: String? = nil,
    feature: Feature? = nil, resource: String? = nil, weight: Weight = .optional
  ) {
    self.area = area
    self.name = name
    self.feature = feature
    self.resource = resource
    self.status = status
    self.detail = detail
    self.help = help
    self.weight = weight
  }

  static let columns = [
    Column("area", .text), Column("check", .text, rank: .answer), Column("feature", .text),
    Column("resource", .text), Column("status", .text, rank: .stays),
    Column("detail", .text, rank: .prose), Column("help", .text, rank: .prose),
  ]

  var row: [Value] {
    [
      .text(area.rawValue), .text(name), (feature?.rawValue).map { .text($0) } ?? .null,
      resource.map { .text($0) } ?? .null, .text(status.rawValue), .text(detail),
      help.map { .text($0) } ?? .null,
    ]
  }
}

extension ExitStatus {
  /// What all checks come to.
  ///
  /// `failed` when a sync cannot work, `refused` when some of it cannot or something else is not
  /// allowed. Warnings are fine.
  init(for checks: [DoctorCheck]) {
    let trouble = checks.filter(\.status.isTrouble)
    let buckets = checks.filter { $0.weight == .bucket && $0.status != .skipped }
    let noBucketWorks = !buckets.isEmpty && buckets.allSatisfy(\.status.isTrouble)
    if noBucketWorks || trouble.contains(where: { $0.weight == .needed }) {
      self = .failed
    } else {
      self = trouble.isEmpty ? .done : .refused
    }
  }
}
