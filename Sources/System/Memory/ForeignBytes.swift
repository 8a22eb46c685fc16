/// Bytes in memory of malloc(3), which a C library may take over.
@safe package struct ForeignBytes: ~Copyable {
  private let bytes: UnsafeMutableBufferPointer<UInt8>

  /// Takes over memory of `ForeignMemory`.
  package init(taking bytes: UnsafeMutableBufferPointer<UInt8>) {
    unsafe self.bytes = unsafe bytes
  }

  /// Copies bytes.
  package init(_ copied: [UInt8]) {
    let memory = unsafe ForeignMemory.allocate(max(1, copied.count))
    unsafe copied.withUnsafeBufferPointer { source in
      guard let start = source.baseAddress else { return }
      unsafe memory.initialize(from: start, count: source.count)
    }
    unsafe bytes = UnsafeMutableBufferPointer(start: memory, count: copied.count)
  }

  deinit { unsafe ForeignMemory.deallocate(bytes.baseAddress) }

  /// Gives up the memory: whoever takes it calls free().
  package consuming func take() -> UnsafeMutableBufferPointer<UInt8> {
    let taken = unsafe bytes
    discard self
    return unsafe taken
  }
}
