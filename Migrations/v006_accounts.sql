-- Which account each bucket is listed with.
--
-- An account is known by the canonical user id that ListBuckets names, by the number that STS names, or
-- by both. While only the number is known it stands in owner too.

ALTER TABLE account ADD COLUMN number TEXT;   -- twelve digits; NULL while STS has not said
ALTER TABLE account ADD COLUMN profile TEXT;  -- the profile that last listed with it; NULL without one

CREATE UNIQUE INDEX account_by_number ON account (number) WHERE number IS NOT NULL;

DROP VIEW objects;
CREATE VIEW objects (bucket, key, size, last_modified, etag, storage_class, account) AS
SELECT
  bucket.name,
  object.key,
  object.size,
  replace(
    strftime('%Y-%m-%dT%H:%M:%fZ', object.last_modified_ms / 1000.0, 'unixepoch'), '.000Z', 'Z'),
  object.etag,
  storage_class.name,
  coalesce(account.number, account.owner)
FROM object
JOIN bucket ON bucket.id = object.bucket_id
JOIN storage_class ON storage_class.id = object.storage_class_id
LEFT JOIN account ON account.id = bucket.account_id;

DROP VIEW bucket_classes;
CREATE VIEW bucket_classes (bucket, storage_class, objects, bytes, account) AS
SELECT
  bucket.name, storage_class.name, bucket_usage.objects, bucket_usage.bytes,
  coalesce(account.number, account.owner)
FROM bucket_usage
JOIN bucket ON bucket.id = bucket_usage.bucket_id
JOIN storage_class ON storage_class.id = bucket_usage.storage_class_id
LEFT JOIN account ON account.id = bucket.account_id;

DROP VIEW prefixes;
CREATE VIEW prefixes (bucket, prefix, depth, objects, bytes, account) AS
SELECT
  bucket.name, prefix_usage.prefix, prefix_usage.depth, prefix_usage.objects, prefix_usage.bytes,
  coalesce(account.number, account.owner)
FROM prefix_usage
JOIN bucket ON bucket.id = prefix_usage.bucket_id
LEFT JOIN account ON account.id = bucket.account_id;

DROP VIEW changes;
CREATE VIEW changes
  (sync, at, bucket, key, change, size_before, size_after, account) AS
SELECT
  object_change.sync_id,
  replace(
    strftime('%Y-%m-%dT%H:%M:%fZ', object_change.at_ms / 1000.0, 'unixepoch'), '.000Z', 'Z'),
  bucket.name,
  object_change.key,
  object_change.change,
  object_change.size_before,
  object_change.size_after,
  coalesce(account.number, account.owner)
FROM object_change
JOIN bucket ON bucket.id = object_change.bucket_id
LEFT JOIN account ON account.id = bucket.account_id;

DROP VIEW history;
CREATE VIEW history (at, bucket, storage_class, objects, bytes, account) AS
SELECT
  replace(
    strftime('%Y-%m-%dT%H:%M:%fZ', usage_history.at_ms / 1000.0, 'unixepoch'), '.000Z', 'Z'),
  bucket.name,
  storage_class.name,
  usage_history.objects,
  usage_history.bytes,
  coalesce(account.number, account.owner)
FROM usage_history
JOIN bucket ON bucket.id = usage_history.bucket_id
JOIN storage_class ON storage_class.id = usage_history.storage_class_id
LEFT JOIN account ON account.id = bucket.account_id;

CREATE VIEW accounts (account, owner, profile, buckets, objects, bytes) AS
SELECT
  coalesce(account.number, account.owner),
  nullif(account.owner, account.number),
  account.profile,
  count(DISTINCT bucket.id),
  coalesce(sum(bucket_usage.objects), 0),
  coalesce(sum(bucket_usage.bytes), 0)
FROM account
LEFT JOIN bucket ON bucket.account_id = account.id
LEFT JOIN bucket_usage ON bucket_usage.bucket_id = bucket.id
GROUP BY account.id;
