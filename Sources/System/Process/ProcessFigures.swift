#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// What this process has used of the machine so far; nil where the system does not tell.
package struct ProcessFigures: Equatable, Sendable {
  /// Of all its threads, in the program and in the system.
  package var cpuMilliseconds: Int64?
  package var residentBytes: Int64?
  package var virtualBytes: Int64?
  /// Files, pipes and sockets.
  package var openFiles: Int?
  /// As many as may be open; nil for no limit.
  package var openFilesMax: UInt64?
  package var startedMillisecondsSinceEpoch: Int64?

  package init() {}

  package static var now: ProcessFigures {
    var figures = ProcessFigures()
    figures.cpuMilliseconds = usedMilliseconds
    let limit = ResourceLimit.openFiles.current
    // "No limit" is a number near the greatest, another on each system.
    figures.openFilesMax = limit < UInt64(Int64.max) ? limit : nil
    #if !canImport(Darwin)
      figures.readProc()
    #endif
    return figures
  }

  private static var usedMilliseconds: Int64? {
    var usage = rusage()
    #if canImport(Glibc)
      let result = unsafe getrusage(RUSAGE_SELF.rawValue, &usage)
    #else
      let result = unsafe getrusage(RUSAGE_SELF, &usage)
    #endif
    guard result == 0 else { return nil }
    return [usage.ru_utime, usage.ru_stime].reduce(0) {
      $0 + Int64($1.tv_sec) * 1_000 + Int64($1.tv_usec) / 1_000
    }
  }
}

#if !canImport(Darwin)
  extension ProcessFigures {
    /// proc(5): fields of `/proc/self/stat` are counted from 1, and the name of the program, which may hold
    /// anything, ends with the last parenthesis.
    private mutating func readProc() {
      guard let stat = Self.text(of: "/proc/self/stat"), let end = stat.lastIndex(of: ")") else {
        return
      }
      let fields = stat[stat.index(after: end)...].split(separator: " ")
      func field(_ number: Int) -> Int64? {
        fields.indices.contains(number - 3) ? Int64(fields[number - 3]) : nil
      }
      virtualBytes = field(23)
      residentBytes = field(24).map { $0 * Int64(sysconf(Int32(_SC_PAGESIZE))) }
      let ticksPerSecond = Int64(sysconf(Int32(_SC_CLK_TCK)))
      if let ticks = field(22), let boot = Self.bootSeconds, ticksPerSecond > 0 {
        startedMillisecondsSinceEpoch = boot * 1_000 + ticks * 1_000 / ticksPerSecond
      }
      openFiles = Self.countOfOpenFiles
    }

    /// When the machine was started.
    private static var bootSeconds: Int64? {
      let line = text(of: "/proc/stat")?.split(separator: "\n").first { $0.hasPrefix("btime ") }
      return line.flatMap { Int64($0.dropFirst("btime ".count)) }
    }

    private static var countOfOpenFiles: Int? {
      guard let stream = unsafe opendir("/proc/self/fd") else { return nil }
      defer { unsafe closedir(stream) }
      var count = 0
      while unsafe readdir(stream) != nil { count += 1 }
      // It names itself, the folder above, and the stream that reads it.
      return max(0, count - 3)
    }

    private static func text(of path: String) -> String? {
      // A system without /proc tells less, and that is all.
      guard let file = try? SequentialFile(reading: path),
        let bytes = try? file.rest(bytesMax: 1 << 20)
      else { return nil }
      return String(decoding: bytes, as: UTF8.self)
    }
  }
#endif
