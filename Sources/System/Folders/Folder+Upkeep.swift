internal import CSystem

#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

// What is done about a folder as a whole, and about what others left in it.

extension Folder {
  package var identity: FileIdentity { FileIdentity(device: device, inode: inode) }

  /// When it was made, in nanoseconds since 1970; 0 where its file system does not keep that.
  ///
  /// With device and inode it tells a folder from another that got the number of one that was removed.
  package var bornNanoseconds: Int64 { csystem_birth_nanoseconds(descriptor.number) }

  /// Whether something is mounted at a name in this folder: what is below it belongs elsewhere, also where
  /// it is on the same disk (Linux's bind mounts).
  package func isMount(_ name: FileName) -> Bool {
    name.withCString { unsafe csystem_is_mount(descriptor.number, $0) != 0 }
  }

  /// Keeps others that ask for the same out, as long as this folder is open; false when somebody has it.
  ///
  /// File systems that have no locks keep nobody out.
  package func lock() -> Bool {
    flock(descriptor.number, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK
  }

  /// Removes a file that `create` made and nobody is writing any more; false when somebody is, or it is
  /// no plain file, or another user's.
  package func removeLeftover(_ name: FileName) throws(SystemError) -> Bool {
    let number = name.withCString { name in
      uninterrupted {
        unsafe openat(descriptor.number, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
      }
    }
    guard let number else { return false }
    // It is kept locked until it has no name any more.
    let leftover = Descriptor(number)
    guard
      let status = FileStatus.read({ unsafe fstat(leftover.number, $0) }), status.kind == .file,
      flock(leftover.number, LOCK_EX | LOCK_NB) == 0
    else { return false }
    try remove(name)
    return true
  }

  /// Removes a folder in this one; false when there is something in it.
  package func removeFolder(_ name: FileName) throws(SystemError) -> Bool {
    let result = name.withCString { unsafe unlinkat(descriptor.number, $0, AT_REMOVEDIR) }
    if result == 0 { return true }
    if errno == ENOTEMPTY || errno == EEXIST { return false }
    throw error("remove", name)
  }
}
