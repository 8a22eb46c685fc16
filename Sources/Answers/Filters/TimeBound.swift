internal import Vocabulary

/// A moment, or how long ago it was.
enum TimeBound: Equatable, Sendable {
  case at(Timestamp)
  case ago(milliseconds: Int64)

  var isAge: Bool { if case .ago = self { true } else { false } }

  func timestamp(now: Timestamp) -> Timestamp {
    switch self {
    case .at(let moment): moment
    case .ago(let milliseconds):
      Timestamp(millisecondsSinceEpoch: now.millisecondsSinceEpoch.minus(milliseconds))
    }
  }
}
