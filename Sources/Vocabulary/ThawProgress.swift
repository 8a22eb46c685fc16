/// How far an archived version is on its way to being readable for a while.
package enum ThawProgress: Hashable, Sendable {
  case underWay
  /// Its bytes can be read, and until when; nil where the server does not say.
  case ready(until: Timestamp?)
}
