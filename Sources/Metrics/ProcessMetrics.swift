package import System

/// What a process uses of its machine, under the names that Prometheus' own clients have for it.
package enum ProcessMetrics {
  /// The text of it, to be put behind that of the index; what the system does not tell has no series.
  package static func text(of process: ProcessFigures = .now) -> [UInt8] {
    var text = Exposition()
    func add(_ family: MetricFamily, _ value: String?) {
      text.begin(family)
      if let value { text.add(value) }
    }
    add(cpu, process.cpuMilliseconds.map { Exposition.seconds($0) })
    add(resident, process.residentBytes.map { String($0) })
    add(virtual, process.virtualBytes.map { String($0) })
    add(start, process.startedMillisecondsSinceEpoch.map { Exposition.seconds($0) })
    add(openFiles, process.openFiles.map { String($0) })
    add(openFilesMax, process.openFilesMax.map { String($0) })
    return text.bytes
  }

  private static let cpu = MetricFamily(
    "process_cpu_seconds_total", .counter, "Time of processors in the program and the system.")
  private static let resident = MetricFamily(
    "process_resident_memory_bytes", "Memory of the process that is in the machine's.")
  private static let virtual = MetricFamily(
    "process_virtual_memory_bytes", "Memory that the process has reserved.")
  private static let start = MetricFamily(
    "process_start_time_seconds", "When the process was started.")
  private static let openFiles = MetricFamily(
    "process_open_fds", "Files, pipes and sockets that are open.")
  private static let openFilesMax = MetricFamily(
    "process_max_fds", "Files, pipes and sockets that may be open.")
}
