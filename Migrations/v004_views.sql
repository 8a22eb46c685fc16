-- The stable public interface: README.md beside this file documents every view and column. A later
-- migration may add views and columns; it never renames or removes one.
--
-- Times are ISO 8601 in UTC, with milliseconds only where there are some.

CREATE VIEW objects (bucket, key, size, last_modified, etag, storage_class) AS
SELECT
  bucket.name,
  object.key,
  object.size,
  strftime('%Y-%m-%dT%H:%M:%S', object.last_modified_ms / 1000, 'unixepoch')
    || CASE object.last_modified_ms % 1000
      WHEN 0 THEN 'Z' ELSE printf('.%03dZ', object.last_modified_ms % 1000) END,
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
  strftime('%Y-%m-%dT%H:%M:%S', bucket.created_ms / 1000, 'unixepoch')
    || CASE bucket.created_ms % 1000
      WHEN 0 THEN 'Z' ELSE printf('.%03dZ', bucket.created_ms % 1000) END,
  coalesce(usage.objects, 0),
  coalesce(usage.bytes, 0),
  strftime('%Y-%m-%dT%H:%M:%S', bucket.newest_object_ms / 1000, 'unixepoch')
    || CASE bucket.newest_object_ms % 1000
      WHEN 0 THEN 'Z' ELSE printf('.%03dZ', bucket.newest_object_ms % 1000) END,
  strftime('%Y-%m-%dT%H:%M:%S', bucket.synced_ms / 1000, 'unixepoch')
    || CASE bucket.synced_ms % 1000
      WHEN 0 THEN 'Z' ELSE printf('.%03dZ', bucket.synced_ms % 1000) END,
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
  strftime('%Y-%m-%dT%H:%M:%S', sync.started_ms / 1000, 'unixepoch')
    || CASE sync.started_ms % 1000
      WHEN 0 THEN 'Z' ELSE printf('.%03dZ', sync.started_ms % 1000) END,
  strftime('%Y-%m-%dT%H:%M:%S', sync.finished_ms / 1000, 'unixepoch')
    || CASE sync.finished_ms % 1000
      WHEN 0 THEN 'Z' ELSE printf('.%03dZ', sync.finished_ms % 1000) END,
  sync.state,
  count(sync_crawl.crawl_id),
  coalesce(sum(sync_crawl.objects), 0),
  coalesce(sum(sync_crawl.added), 0),
  coalesce(sum(sync_crawl.changed), 0),
  coalesce(sum(sync_crawl.removed), 0),
  sync.requests,
  sync.retries
FROM sync
LEFT JOIN sync_crawl ON sync_crawl.sync_id = sync.id
GROUP BY sync.id;

CREATE VIEW changes (sync, at, bucket, key, change, size_before, size_after) AS
SELECT
  object_change.sync_id,
  strftime('%Y-%m-%dT%H:%M:%S', object_change.at_ms / 1000, 'unixepoch')
    || CASE object_change.at_ms % 1000
      WHEN 0 THEN 'Z' ELSE printf('.%03dZ', object_change.at_ms % 1000) END,
  bucket.name,
  object_change.key,
  object_change.change,
  object_change.size_before,
  object_change.size_after
FROM object_change
JOIN bucket ON bucket.id = object_change.bucket_id;

CREATE VIEW history (at, bucket, storage_class, objects, bytes) AS
SELECT
  strftime('%Y-%m-%dT%H:%M:%S', usage_history.at_ms / 1000, 'unixepoch')
    || CASE usage_history.at_ms % 1000
      WHEN 0 THEN 'Z' ELSE printf('.%03dZ', usage_history.at_ms % 1000) END,
  bucket.name,
  storage_class.name,
  usage_history.objects,
  usage_history.bytes
FROM usage_history
JOIN bucket ON bucket.id = usage_history.bucket_id
JOIN storage_class ON storage_class.id = usage_history.storage_class_id;
