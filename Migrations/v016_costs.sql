-- What bills need and no listing is asked for again: sums of small objects beside all, and prices.
--
-- Classes with a minimum size bill objects under 128 KiB (131,072 bytes) as that, and lifecycle leaves them
-- where they are. Markers are none of them.
ALTER TABLE bucket_usage ADD COLUMN small_objects INTEGER NOT NULL DEFAULT 0;
ALTER TABLE bucket_usage ADD COLUMN small_bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE version_usage ADD COLUMN small_objects INTEGER NOT NULL DEFAULT 0;
ALTER TABLE version_usage ADD COLUMN small_bytes INTEGER NOT NULL DEFAULT 0;

-- A bucket is read once for each of its classes: grouping all rows would sort millions of them.
UPDATE bucket_usage SET (small_objects, small_bytes) = (
  SELECT count(*), coalesce(sum(size), 0) FROM object
  WHERE object.bucket_id = bucket_usage.bucket_id
    AND object.storage_class_id = bucket_usage.storage_class_id AND size < 131072);
UPDATE version_usage SET (small_objects, small_bytes) = (
  SELECT count(*), coalesce(sum(size), 0) FROM object_version
  WHERE object_version.bucket_id = version_usage.bucket_id
    AND object_version.storage_class_id = version_usage.storage_class_id AND kind = 0 AND size < 131072);

-- A list of prices that somebody imported, or the one that comes with the program.
CREATE TABLE price_list (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,                   -- where it came from; '' for the program's own
  checksum TEXT NOT NULL,
  imported_ms INTEGER NOT NULL
) STRICT;

-- Rows of an older date stay: a question may be about that date. What a unit costs is text, as in the list.
CREATE TABLE price (
  service TEXT NOT NULL,
  region TEXT NOT NULL,
  usage_type TEXT NOT NULL,             -- without the prefix of its region
  operation TEXT NOT NULL,              -- '' for any
  effective_date TEXT NOT NULL,         -- 2026-09-01
  list_id INTEGER NOT NULL REFERENCES price_list (id),
  tier_from INTEGER NOT NULL,           -- in units
  tier_to INTEGER,                      -- NULL: without end
  unit TEXT NOT NULL,
  usd TEXT NOT NULL,
  source TEXT NOT NULL,
  PRIMARY KEY (service, region, usage_type, operation, effective_date, list_id, tier_from)
) STRICT, WITHOUT ROWID;
CREATE INDEX price_by_list ON price (list_id);
