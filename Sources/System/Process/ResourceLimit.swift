#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// How much of something the system lets this process have (setrlimit(2)).
package enum ResourceLimit: Sendable {
  /// Files, pipes and sockets that are open at the same time.
  case openFiles
  /// Bytes of memory, used or reserved.
  case addressSpace
  /// Bytes of a picture of the memory that the system writes when a process dies.
  case coreBytes

  /// What it may have now; the greatest number where there is no limit, or nobody knows it.
  package var current: UInt64 { values.map { UInt64($0.rlim_cur) } ?? .max }

  /// The limit after it was raised as far as that is allowed and wanted; it is never lowered.
  @discardableResult
  package func raise(to wanted: UInt64) -> UInt64 {
    guard var limit = values else { return .max }
    let before = limit.rlim_cur
    guard before < wanted, before < limit.rlim_max else { return UInt64(before) }
    limit.rlim_cur = min(rlim_t(wanted), limit.rlim_max)
    return UInt64(unsafe setrlimit(number, &limit) == 0 ? limit.rlim_cur : before)
  }

  /// Takes the rest of it away from the process, for good.
  package func giveUp() {
    var none = rlimit()
    _ = unsafe setrlimit(number, &none)
  }

  private var values: rlimit? {
    var limit = rlimit()
    return unsafe getrlimit(number, &limit) == 0 ? limit : nil
  }

  #if canImport(Glibc)
    private var number: __rlimit_resource_t { .init(resource.rawValue) }
    private var resource: __rlimit_resource {
      switch self {
      case .openFiles: RLIMIT_NOFILE
      case .addressSpace: RLIMIT_AS
      case .coreBytes: RLIMIT_CORE
      }
    }
  #else
    private var number: Int32 {
      switch self {
      case .openFiles: RLIMIT_NOFILE
      case .addressSpace: RLIMIT_AS
      case .coreBytes: RLIMIT_CORE
      }
    }
  #endif
}
