-- The stable public interface: README.md beside this file documents every view and column. A later
-- migration may add views and columns; it never renames or removes one.
--
-- Times are ISO 8601 in UTC, with milliseconds only where there are some.

CREATE VIEW objects (bucket, key, size, last_modified, etag, storage_class) AS
SELECT
  bucket.name,
  object.key,
  object.size,
  replace(
    strftime('%Y-%m-%dT%H:%M:%fZ', object.last_modified_ms / 1000.0, 'unixepoch'), '.000Z', 'Z'),
  object.etag,
  storage_class.name
FROM object
JOIN bucket ON bucket.id = object.bucket_id
JOIN storage_class ON storage_class.id = object.storage_class_id;

CREATE VIEW buckets
  (bucket, region, created, objects, bytes, last_modified, synced_at, state, error) AS
SELECT
  bucket.name,
  bucket.region,
  replace(
    strftime('%Y-%m-%dT%H:%M:%fZ', bucket.created_ms / 1000.0, 'unixepoch'), '.000Z', 'Z'),
  coalesce(usage.objects, 0),
  coalesce(usage.bytes, 0),
  replace(
    strftime('%Y-%m-%dT%H:%M:%fZ', bucket.newest_object_ms / 1000.0, 'unixepoch'), '.000Z', 'Z'),
  replace(
    strftime('%Y-%m-%dT%H:%M:%fZ', bucket.synced_ms / 1000.0, 'unixepoch'), '.000Z', 'Z'),
  bucket.state,
  bucket.error
FROM bucket
LEFT JOIN (
  SELECT bucket_id, sum(objects) AS objects, sum(bytes) AS bytes
  FROM bucket_usage
  GROUP BY bucket_id
) AS usage ON usage.bucket_id = bucket.id;

CREATE VIEW bucket_classes (bucket, storage_class, objects, bytes) AS
SELECT bucket.name, storage_class.name, bucket_usage.objects, bucket_usage.bytes
FROM bucket_usage
JOIN bucket ON bucket.id = bucket_usage.bucket_id
JOIN storage_class ON storage_class.id = bucket_usage.storage_class_id;

CREATE VIEW prefixes (bucket, prefix, depth, objects, bytes) AS
SELECT
  bucket.name, prefix_usage.prefix, prefix_usage.depth, prefix_usage.objects, prefix_usage.bytes
FROM prefix_usage
JOIN bucket ON bucket.id = prefix_usage.bucket_id;

CREATE VIEW syncs
  (sync, started, finished, state, buckets, objects, added, changed, removed, requests, retries) AS
SELECT
  sync.id,
  replace(
    strftime('%Y-%m-%dT%H:%M:%fZ', sync.started_ms / 1000.0, 'unixepoch'), '.000Z', 'Z'),
  replace(
    strftime('%Y-%m-%dT%H:%M:%fZ', sync.finished_ms / 1000.0, 'unixepoch'), '.000Z', 'Z'),
  sync.state,
  count(DISTINCT crawl.bucket_id),
  coalesce(sum(sync_crawl.objects), 0),
  coalesce(sum(sync_crawl.added), 0),
  coalesce(sum(sync_crawl.changed), 0),
  coalesce(sum(sync_crawl.removed), 0),
  sync.requests,
  sync.retries
FROM sync
LEFT JOIN sync_crawl ON sync_crawl.sync_id = sync.id
LEFT JOIN crawl ON crawl.id = sync_crawl.crawl_id
GROUP BY sync.id;

CREATE VIEW changes (sync, at, bucket, key, change, size_before, size_after) AS
SELECT
  object_change.sync_id,
  replace(
    strftime('%Y-%m-%dT%H:%M:%fZ', object_change.at_ms / 1000.0, 'unixepoch'), '.000Z', 'Z'),
  bucket.name,
  object_change.key,
  object_change.change,
  object_change.size_before,
  object_change.size_after
FROM object_change
JOIN bucket ON bucket.id = object_change.bucket_id;

CREATE VIEW history (at, bucket, storage_class, objects, bytes) AS
SELECT
  replace(
    strftime('%Y-%m-%dT%H:%M:%fZ', usage_history.at_ms / 1000.0, 'unixepoch'), '.000Z', 'Z'),
  bucket.name,
  storage_class.name,
  usage_history.objects,
  usage_history.bytes
FROM usage_history
JOIN bucket ON bucket.id = usage_history.bucket_id
JOIN storage_class ON storage_class.id = usage_history.storage_class_id;
