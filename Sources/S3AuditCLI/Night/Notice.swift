internal import System
internal import Vocabulary

/// What a webhook gets: JSON whose `text` is a line that Slack, Mattermost and others show as it is.
struct Notice {
  /// All that there is now, the gravest first; none when all is well again.
  let troubles: [Trouble]
  /// The keys of those that were told of before.
  let told: Set<String>
  let indexPath: String
  let sync: Sync

  /// How the sync ended.
  struct Sync {
    var state: String
    var exitStatus: ExitStatus
    var started: Timestamp
    var finished: Timestamp
    var objects: Int64
    var error: String?
  }

  private static let shownMax = 3
  private static let listedMax = 100

  /// The gravest of what is new, else of what is left.
  private var event: String {
    let new = troubles.filter { !told.contains($0.key) }
    return (new.first ?? troubles.first)?.kind.rawValue ?? "recovered"
  }

  /// What is new comes first: the rest was told before.
  private var inOrder: [Trouble] {
    troubles.filter { !told.contains($0.key) } + troubles.filter { told.contains($0.key) }
  }

  /// One line of it.
  ///
  /// Chat programs take `<…>` and `@…` for links and calls to everybody, and errors may quote a server.
  var text: String {
    let place = ThisProcess.hostName.map { " on \($0)" } ?? ""
    guard !troubles.isEmpty else { return "s3audit\(place): all is well again" }
    let shown = inOrder.prefix(Self.shownMax).map {
      $0.kind == .failed ? "the sync failed: \($0.text)" : $0.text
    }
    let rest = troubles.count - shown.count
    let more = rest > 0 ? ["and \(counted(Int64(rest), "more problem"))"] : []
    return "s3audit\(place): \((shown + more).joined(separator: "; "))"
      .replacing("<", with: "‹").replacing(">", with: "›").replacing("@", with: "＠")
  }

  var body: [UInt8] {
    let listed = inOrder.prefix(Self.listedMax).map { trouble in
      JSONValue.object([
        "kind": .string(trouble.kind.rawValue),
        "bucket": trouble.bucket.map { .string($0) } ?? .null, "text": .string(trouble.text),
        "is_new": .boolean(!told.contains(trouble.key)),
      ])
    }
    let buckets = Set(troubles.compactMap(\.bucket)).sorted().prefix(Self.listedMax)
    let document: JSONObject = [
      "text": .string(text), "event": .string(event), "index": .string(indexPath),
      "sync": sync.json,
      "buckets": .array(buckets.map { .string($0) }), "problems": .array(listed),
      "problems_left_out": .integer(Int64(troubles.count - listed.count)),
    ]
    return JSONValue.object(document).encoded()
  }
}

extension Notice.Sync {
  fileprivate var json: JSONValue {
    .object([
      "state": .string(state), "exit_status": .integer(Int64(exitStatus.rawValue)),
      "started_at": .string(started.iso8601), "finished_at": .string(finished.iso8601),
      "objects": .integer(objects), "error": error.map { .string($0) } ?? .null,
    ])
  }
}
