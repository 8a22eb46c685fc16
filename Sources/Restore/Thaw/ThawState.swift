package import S3
package import Vocabulary

/// Where a version that has to be brought back from an archive stands.
package enum ThawState: Equatable, Sendable {
  /// Nobody has asked for it, or its copy is gone again.
  case archived
  /// It was asked for earlier.
  case underWay
  /// It was asked for now.
  case begun
  /// Nothing comes that fast out of the archive that it is in.
  case tooFast
  /// The service has no room for fast retrievals at the moment.
  case noRoom
  /// The service refused to bring it back; carries why, safe to print.
  case refused(String)
}

/// What is known of an archived version: in which archive it is and how far on its way back.
package struct ArchivedVersion: Equatable, Sendable {
  package var key: Key
  package var versionID: String
  /// Nil where that is not known.
  package var archive: Archive?
  package var state: ThawState

  package init(key: Key, versionID: String, archive: Archive?, state: ThawState) {
    self.key = key
    self.versionID = versionID
    self.archive = archive
    self.state = state
  }
}

/// What a server says of a version: whether it can be read, and else how far it is from that.
package enum Standing: Equatable, Sendable {
  case readable
  case archived(Archive)
  case underWay(Archive)
  case ready(Archive, until: Timestamp?)

  /// By what HEAD or a listing tell of it.
  package init(_ archive: Archive?, _ thaw: ThawProgress?) {
    guard let archive else {
      self = .readable
      return
    }
    switch thaw {
    case .underWay: self = .underWay(archive)
    // What comes back from a tier leaves it: while the tier is named, it is not back.
    case .ready where archive.isTier, nil: self = .archived(archive)
    case .ready(let until): self = .ready(archive, until: until)
    }
  }
}
