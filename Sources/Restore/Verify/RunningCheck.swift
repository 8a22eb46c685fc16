internal import Signing

/// Computes what a check compares, from bytes that come in order, piece by piece.
///
/// ```swift
/// var check = RunningCheck(.whole(.md5, expected), partSize: nil)
/// check.update(piece)
/// check.finish()     // whether the bytes are the object's
/// ```
package struct RunningCheck: ~Copyable {
  private let check: ContentCheck
  /// Bytes of the parts, the last of all that follow; empty where all bytes are one.
  private let partSizes: [Int64]
  private var value: RunningValue
  private var partBytes: Int64 = 0
  private var partValues: [UInt8] = []
  private var partsDone = 0

  /// `partSize` is needed for a check of parts: that of each but the last.
  package init(_ check: ContentCheck, partSize: Int64?) {
    self.init(check, partSizes: partSize.map { [$0] } ?? [])
  }

  /// For parts that differ in size.
  package init(_ check: ContentCheck, partSizes: [Int64]) {
    precondition(
      check.partCount == nil || !partSizes.isEmpty && partSizes.allSatisfy { $0 > 0 },
      "parts have a size")
    self.check = check
    self.partSizes = check.partCount == nil ? [] : partSizes
    value = RunningValue(check.function)
  }

  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    guard let lastSize = partSizes.last else { return value.update(bytes) }
    var rest = bytes[...]
    while !rest.isEmpty {
      var partSize = partsDone < partSizes.count ? partSizes[partsDone] : lastSize
      if partBytes == partSize {
        endPart()
        partSize = partsDone < partSizes.count ? partSizes[partsDone] : lastSize
      }
      let piece = rest.prefix(Int(min(Int64(rest.count), partSize - partBytes)))
      value.update(UnsafeRawBufferPointer(rebasing: piece))
      partBytes += Int64(piece.count)
      rest = rest.dropFirst(piece.count)
    }
  }

  package mutating func update(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { update($0) }
  }

  private mutating func endPart() {
    partValues += value.finish()
    value = RunningValue(check.function)
    partBytes = 0
    partsDone += 1
  }

  /// Whether all bytes that came are those that the check knows.
  package consuming func finish() -> Bool {
    guard let count = check.partCount else { return value.finish() == check.value }
    endPart()
    guard partsDone == count else { return false }
    var whole = RunningValue(check.function)
    whole.update(partValues)
    return whole.finish() == check.value
  }
}

/// A checksum on its way, of any function.
private struct RunningValue: ~Copyable {
  private var code: (function: CyclicCode, state: UInt64)?
  private var digest: RunningDigest?

  init(_ function: ChecksumFunction) {
    if let code = function.code {
      self.code = (code, code.start)
      digest = nil
    } else {
      code = nil
      digest = RunningDigest(function.digest)
    }
  }

  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    if let code {
      var state = code.state
      code.function.update(&state, with: bytes)
      self.code = (code.function, state)
    } else {
      digest?.update(bytes)
    }
  }

  mutating func update(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { update($0) }
  }

  /// The value so far; begins anew.
  mutating func finish() -> [UInt8] {
    if let code { return code.function.bytes(of: code.function.value(code.state)) }
    return digest.take()?.finish() ?? []
  }
}

extension ChecksumFunction {
  fileprivate var digest: RunningDigest.Function {
    switch self {
    case .sha1: .sha1
    case .sha256: .sha256
    case .sha512: .sha512
    case .crc32, .crc32c, .crc64nvme, .md5: .md5
    }
  }
}

/// How large the parts of an object may have been, where no server says it.
package enum PartSizes {
  private static let mebibyte: Int64 = 1 << 20

  /// What programs cut objects into by default: the `aws` command, SDKs, rclone, s5cmd and others.
  private static let usual: [Int64] =
    [5, 8, 10, 15, 16, 20, 25, 32, 50, 64, 100, 128, 256, 512, 1_024].map { $0 * mebibyte }

  /// The sizes with which `size` bytes make `count` parts, the usual ones first.
  package static func candidates(size: Int64, count: Int) -> [Int64] {
    guard count > 0, size > 0 else { return [] }
    if count == 1 { return [size] }
    let even = (size + Int64(count) - 1) / Int64(count)
    let rounded = (even + mebibyte - 1) / mebibyte * mebibyte
    var candidates: [Int64] = []
    for candidate in usual + [rounded] where (size + candidate - 1) / candidate == Int64(count) {
      if !candidates.contains(candidate) { candidates.append(candidate) }
    }
    return candidates
  }
}
