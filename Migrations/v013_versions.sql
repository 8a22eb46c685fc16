-- What a bucket holds besides its objects: noncurrent versions, delete markers and unfinished uploads.
--
-- The current version of a key is its object, and stands in no other table. A bucket whose versions were
-- never listed has no row here, and its objects grow by one byte each when they are written again.

-- NULL: not known. 'null' is the version without an id.
ALTER TABLE object ADD COLUMN version_id TEXT;

-- Every other version of a key, and its delete markers. A smaller rank is newer: it is the server's
-- order, for times tie, and clocks differ. There are gaps between ranks, so that one PUT to a key of
-- 100,000 versions writes one row and not all of them.
CREATE TABLE object_version (
  bucket_id INTEGER NOT NULL,
  key TEXT NOT NULL,
  rank INTEGER NOT NULL,
  version_id TEXT NOT NULL,
  kind INTEGER NOT NULL,                -- 0: noncurrent version, 1: noncurrent marker, 2: current marker
  size INTEGER NOT NULL,                -- 0 for a marker
  last_modified_ms INTEGER NOT NULL,
  etag TEXT NOT NULL,                   -- '' for a marker
  storage_class_id INTEGER,             -- NULL for a marker
  PRIMARY KEY (bucket_id, key, rank)
) STRICT, WITHOUT ROWID;

-- Sums over object_version. Markers have no class: they are counted under 0.
CREATE TABLE version_usage (
  bucket_id INTEGER NOT NULL,
  storage_class_id INTEGER NOT NULL,
  objects INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  markers INTEGER NOT NULL,
  PRIMARY KEY (bucket_id, storage_class_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE prefix_version_usage (
  bucket_id INTEGER NOT NULL,
  depth INTEGER NOT NULL,
  prefix TEXT NOT NULL,
  objects INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  markers INTEGER NOT NULL,
  PRIMARY KEY (bucket_id, depth, prefix)
) STRICT, WITHOUT ROWID;

-- Uploads that were neither completed nor aborted.
CREATE TABLE upload (
  bucket_id INTEGER NOT NULL,
  key TEXT NOT NULL,
  upload_id TEXT NOT NULL,
  initiated_ms INTEGER NOT NULL,
  storage_class_id INTEGER NOT NULL,
  parts INTEGER,                        -- NULL while they were not listed
  bytes INTEGER,
  PRIMARY KEY (bucket_id, key, upload_id)
) STRICT, WITHOUT ROWID;

-- Starts: of the first crawl that listed versions, whole or of a part; of the last complete one of the
-- whole bucket; of the last listing of all uploads. NULL: never.
ALTER TABLE bucket ADD COLUMN versions_begun_ms INTEGER;
ALTER TABLE bucket ADD COLUMN versions_synced_ms INTEGER;
ALTER TABLE bucket ADD COLUMN uploads_synced_ms INTEGER;
-- Whether syncs are to list its versions; NULL: nobody said.
ALTER TABLE bucket ADD COLUMN lists_versions INTEGER CHECK (lists_versions IN (0, 1));

-- 1: it lists versions, and is taken up by such a crawl only.
ALTER TABLE crawl ADD COLUMN versions INTEGER NOT NULL DEFAULT 0 CHECK (versions IN (0, 1));
-- Noncurrent versions and markers listed in (lo, cursor].
ALTER TABLE crawl_range ADD COLUMN versions INTEGER NOT NULL DEFAULT 0;
