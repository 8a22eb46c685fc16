#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Memory of malloc(3), for bytes that a C library takes over and frees by itself.
package enum ForeignMemory {
  /// Memory for so many bytes, one at least, which hold nothing yet; whoever has it at the end frees it.
  package static func allocate(_ count: Int) -> UnsafeMutablePointer<UInt8> {
    guard let memory = unsafe malloc(count) else { preconditionFailure("out of memory") }
    return unsafe memory.bindMemory(to: UInt8.self, capacity: count)
  }

  package static func deallocate(_ memory: UnsafeMutableRawPointer?) { unsafe free(memory) }
}
