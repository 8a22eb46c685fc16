internal import Vocabulary

/// Judges one bucket by its properties alone: a pure function of them.
///
/// What is not known is never judged: the properties that a rule lacked are named instead.
package struct BucketAudit {
  private let properties: BucketProperties
  /// Whether its objects were ever listed in whole.
  private let isListed: Bool
  /// What is known of its noncurrent versions and old uploads: nothing of what was never listed.
  private let holdings: BucketHoldings

  package init(
    _ properties: BucketProperties, isListed: Bool, holdings: BucketHoldings = BucketHoldings()
  ) {
    self.properties = properties
    self.isListed = isListed
    self.holdings = holdings
  }

  /// Everything of at least this severity, in the order of `Finding.Kind`.
  ///
  /// What could not be judged is always said when the answer might have been so severe.
  package func findings(atLeast severity: Finding.Severity) -> [Finding] {
    var findings: [Finding] = []
    var unjudged: [Unjudged] = []
    for kind in Finding.Kind.allCases where kind.severity >= severity {
      switch judge(kind) {
      case .good: continue
      case .found(let detail): findings.append(found(kind, detail))
      case .unknown(let reasons): unjudged.append(Unjudged(kind: kind, reasons: reasons))
      }
    }
    return findings + notChecked(unjudged)
  }

  private func found(_ kind: Finding.Kind, _ detail: String) -> Finding {
    var finding = Finding(kind, detail)
    switch kind {
    case .noncurrentVersionsKept: finding.usage = holdings.noncurrent
    case .oldUploads:
      finding.usage = holdings.oldUploads
      finding.lacksBytes = !holdings.knowsUploadBytes
    default: break
    }
    return finding
  }

  /// What one rule says.
  private enum Judgement {
    case good
    case found(String)
    /// With what was missing: `acl denied`.
    case unknown([String])
  }

  private struct Unjudged {
    var kind: Finding.Kind
    var reasons: [String]
  }

  private func notChecked(_ unjudged: [Unjudged]) -> [Finding] {
    guard !unjudged.isEmpty else { return [] }
    guard !properties.isEmpty else {
      return [Finding(.notChecked, "its properties were never read")]
    }
    let parts = unjudged.map { "\($0.kind.rawValue) (\($0.reasons.joined(separator: ", ")))" }
    return [Finding(.notChecked, parts.joined(separator: ", "))]
  }

  private func judge(_ kind: Finding.Kind) -> Judgement {
    switch kind {
    case .isPublic: judgePublic()
    case .publicAccessNotBlocked: judgeBlock()
    case .unencrypted: judgeEncryption()
    case .versioningOff: judgeVersioning()
    case .noLifecycleForNoncurrentVersions: judgeNoncurrentVersions()
    case .noLifecycleForUploads: judgeUploads()
    case .noncurrentVersionsKept: judgeKept()
    case .oldUploads: (holdings.oldUploads?.objects ?? 0) > 0 ? judgeUploads() : .good
    // Small objects are found in the index's rows, which say nothing of a bucket never listed whole.
    case .smallObjects, .reducedRedundancy: isListed ? .good : .unknown(["never listed in whole"])
    case .notChecked: .good
    }
  }
}

/// What a bucket holds beside its objects, as far as that was ever listed.
package struct BucketHoldings: Equatable, Sendable {
  package var noncurrent: Usage?
  /// Those that were begun over 7 days ago, with the bytes that are known.
  package var oldUploads: Usage?
  package var knowsUploadBytes = true

  package init() {}
}

// MARK: - What is known

extension BucketAudit {
  /// A property as a rule sees it.
  private enum Known<Setting> {
    case set(Setting)
    case absent
    /// With the reason: `acl denied`.
    case unknown(String)
  }

  private func known<Setting: BucketSetting>(
    _ name: BucketProperty.Name, _: Setting.Type
  ) -> Known<Setting> {
    guard let property = properties[name] else { return .unknown("\(name.rawValue) not read") }
    switch property.state {
    case .absent: return .absent
    case .denied, .unsupported, .failed:
      return .unknown("\(name.rawValue) \(property.state.rawValue)")
    case .set:
      guard let setting = property.document.flatMap({ Setting(document: $0) }) else {
        return .unknown("\(name.rawValue) not understood")
      }
      return .set(setting)
    }
  }
}

// MARK: - Rules

extension BucketAudit {
  /// Public is what the policy lets everybody do unless RestrictPublicBuckets is on, and what an
  /// ACL lets them do unless IgnorePublicAcls is on (User Guide, "Blocking public access").
  private func judgePublic() -> Judgement {
    let block = known(.publicAccessBlock, PublicAccessBlock.self)
    var blocked = PublicAccessBlock()
    var doubts: [String] = []
    switch block {
    case .set(let setting): blocked = setting
    case .absent: break
    case .unknown(let reason):
      // A server that has no such block lets nothing be blocked by it.
      if properties[.publicAccessBlock]?.state != .unsupported { doubts.append(reason) }
    }
    var ways: [String] = []
    var unknown: [String] = []
    if !blocked.restrictPublicBuckets {
      switch known(.policyStatus, PolicyStatus.self) {
      case .set(let status) where status.isPublic: ways.append("its policy lets everybody in")
      case .set, .absent: break
      case .unknown(let reason): unknown.append(reason)
      }
    }
    if !blocked.ignorePublicAcls {
      switch known(.acl, AccessControl.self) {
      case .set(let acl) where acl.isPublic: ways.append("its ACL is \(acl.value ?? "public")")
      case .set, .absent: break
      case .unknown(let reason): unknown.append(reason)
      }
    }
    if !ways.isEmpty {
      let doubt = doubts.isEmpty ? "" : " (whether it is blocked is not known: \(doubts[0]))"
      return .found(ways.joined(separator: ", ") + doubt)
    }
    return unknown.isEmpty ? .good : .unknown(unknown)
  }

  private func judgeBlock() -> Judgement {
    switch known(.publicAccessBlock, PublicAccessBlock.self) {
    case .unknown(let reason): return .unknown([reason])
    case .absent: return .found("it has no public access block of its own")
    case .set(let block):
      let off = [
        block.blockPublicAcls ? nil : "BlockPublicAcls",
        block.ignorePublicAcls ? nil : "IgnorePublicAcls",
        block.blockPublicPolicy ? nil : "BlockPublicPolicy",
        block.restrictPublicBuckets ? nil : "RestrictPublicBuckets",
      ].compactMap { $0 }
      guard !off.isEmpty else { return .good }
      return .found("\(off.joined(separator: ", ")) \(off.count == 1 ? "is" : "are") off")
    }
  }

  private func judgeEncryption() -> Judgement {
    switch known(.encryption, DefaultEncryption.self) {
    case .set: .good
    case .absent: .found("it has no default encryption")
    case .unknown(let reason): .unknown([reason])
    }
  }

  private func judgeVersioning() -> Judgement {
    switch known(.versioning, Versioning.self) {
    case .set(let versioning) where versioning.status == "Enabled": .good
    case .set: .found("versioning is suspended: what is overwritten or deleted now is gone")
    case .absent: .found("versioning was never turned on: what is overwritten or deleted is gone")
    case .unknown(let reason): .unknown([reason])
    }
  }

  /// A bucket that has ever been versioned may have noncurrent versions.
  private func judgeNoncurrentVersions() -> Judgement {
    switch known(.versioning, Versioning.self) {
    case .absent: .good
    case .unknown(let reason): .unknown([reason])
    case .set:
      judgeRules("expires or moves noncurrent versions") { rule in
        rule.noncurrentExpirationDays != nil || rule.noncurrentTransitions != nil
      }
    }
  }

  /// Versions that are there, and stay until somebody deletes them.
  private func judgeKept() -> Judgement {
    guard let noncurrent = holdings.noncurrent, noncurrent.objects > 0 else { return .good }
    return judgeRules("removes noncurrent versions") { $0.noncurrentExpirationDays != nil }
  }

  private func judgeUploads() -> Judgement {
    judgeRules("gives up unfinished uploads") { $0.abortUploadsDays != nil }
  }

  /// Whether an enabled rule for the whole bucket does what is asked for.
  private func judgeRules(
    _ words: String, _ does: (Lifecycle.Rule) -> Bool
  ) -> Judgement {
    switch known(.lifecycle, Lifecycle.self) {
    case .unknown(let reason): return .unknown([reason])
    case .absent: return .found("it has no lifecycle rules")
    case .set(let lifecycle):
      let rules = lifecycle.rules.filter { $0.isEnabled && does($0) }
      if rules.contains(where: { $0.filter == nil }) { return .good }
      return rules.isEmpty
        ? .found("no enabled lifecycle rule \(words)")
        : .found("only for parts of the bucket a lifecycle rule \(words)")
    }
  }
}
