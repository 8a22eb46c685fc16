/// How many objects a page, a crawl or a sync found, and what of them differed from the index.
package struct ChangeCounts: Equatable, Sendable {
  package var objects: Int64 = 0
  package var added: Int64 = 0
  package var changed: Int64 = 0
  package var removed: Int64 = 0
  /// Noncurrent versions and delete markers that were listed.
  package var versions: Int64 = 0
  /// Keys of which the server did not say what their latest version is.
  package var keysWithoutLatest: Int64 = 0
  /// Versions whose place among others of their key that have the same time nobody knows; of inventories alone.
  package var versionsInGuessedOrder: Int64 = 0

  package init(
    objects: Int64 = 0, added: Int64 = 0, changed: Int64 = 0, removed: Int64 = 0,
    versions: Int64 = 0
  ) {
    self.objects = objects
    self.added = added
    self.changed = changed
    self.removed = removed
    self.versions = versions
  }

  package static func += (left: inout ChangeCounts, right: ChangeCounts) {
    left.objects = left.objects.plus(right.objects)
    left.added = left.added.plus(right.added)
    left.changed = left.changed.plus(right.changed)
    left.removed = left.removed.plus(right.removed)
    left.versions = left.versions.plus(right.versions)
    left.keysWithoutLatest = left.keysWithoutLatest.plus(right.keysWithoutLatest)
    left.versionsInGuessedOrder = left.versionsInGuessedOrder.plus(right.versionsInGuessedOrder)
  }
}
