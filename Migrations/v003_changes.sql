-- What changed from sync to sync, and the totals of every complete crawl.
--
-- The first crawl of a bucket is not journaled: everything in it would be one 'added' row.

CREATE TABLE object_change (
  sync_id INTEGER NOT NULL,
  bucket_id INTEGER NOT NULL,
  key TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  change TEXT NOT NULL CHECK (change IN ('added', 'modified', 'removed')),
  size_before INTEGER,
  size_after INTEGER,
  PRIMARY KEY (sync_id, bucket_id, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE usage_history (
  bucket_id INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  storage_class_id INTEGER NOT NULL,
  objects INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  PRIMARY KEY (bucket_id, at_ms, storage_class_id)
) STRICT, WITHOUT ROWID;

INSERT INTO setting (name, value) VALUES ('change_retention_days', '90');
