internal import Arguments
internal import Restore
internal import Vocabulary

extension Option {
  /// `--as-of`, for commands that ask for the state at a moment.
  static func asOf(
    help: String, sets property: any WritableKeyPath<Options, Moment?> & Sendable
  ) -> Option {
    Option(long: "as-of", value: "time", help: help) { options, text throws(UsageError) in
      do throws(MomentFault) {
        options[keyPath: property] = try Moment(written: text)
      } catch {
        throw .invalidValue(error.reason, hint: error.hint(for: text))
      }
    }
  }
}

extension Moment {
  /// The time that is meant, in words for the command line where that is none.
  func time(now: Timestamp, clock: String) throws(UsageError) -> Timestamp? {
    do throws(MomentFault) {
      return try time(now: now)
    } catch {
      throw UsageError(
        "The moment of '--as-of' has yet to come: \(clock) shows \(now.iso8601).",
        hint: error.hint(for: ""))
    }
  }
}

extension MomentFault {
  fileprivate var reason: String {
    switch kind {
    case .unreadable:
      "use a time with its zone, a day (from 00:00 UTC), how long ago, or 'now'"
    case .noZone: "which moment that is depends on the zone"
    case .future(let now): "it has yet to come: it is \(now.iso8601)"
    }
  }

  /// How to write what was meant by `text`.
  fileprivate func hint(for text: String) -> String {
    if kind == .noZone { return "--as-of \(example) is that time in UTC" }
    // `5 days` and `2d`: whatever is wrong with them is what is missing.
    let isAge = (try? Moment(written: text + " ago")) != nil
    let example = isAge ? text + " ago" : example
    return "write it like this: --as-of \(example.contains(" ") ? "'\(example)'" : example)"
  }
}
