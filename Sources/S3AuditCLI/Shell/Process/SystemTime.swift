internal import System
internal import Vocabulary

/// The time of day, in milliseconds.
func systemTime() -> Timestamp {
  Timestamp(millisecondsSinceEpoch: SystemClock.millisecondsSinceEpoch)
}
