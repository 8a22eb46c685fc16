internal import CSystem

/// How the allocator keeps memory that was freed, in a process that lives long.
///
/// Only glibc has to be told: its threads have heaps of their own, and what one large answer took stays in each.
package enum Heap {
  /// Has threads share so few heaps; to be called before there are any.
  package static func share(among count: Int32) { csystem_share_heaps(count) }

  /// Gives back what nobody uses: a millisecond or so.
  package static func trim() { csystem_trim_heaps() }
}
