#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

extension ThisProcess {
  /// The name of this machine, as it has it of itself; nil where it has none.
  package static var hostName: String? {
    var buffer = [CChar](repeating: 0, count: 256)
    // The last byte stays zero, whatever a long name leaves out.
    guard unsafe gethostname(&buffer, buffer.count - 1) == 0 else { return nil }
    let name = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return name.isEmpty ? nil : String(decoding: name, as: UTF8.self)
  }
}
