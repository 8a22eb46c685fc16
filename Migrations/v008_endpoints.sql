-- Where each bucket is, in every view that names one: a name may be taken on each server, and servers
-- name the same owner for accounts that have nothing to do with each other.

DROP VIEW objects;
CREATE VIEW objects (bucket, key, size, last_modified, etag, storage_class, account, endpoint) AS
SELECT
  bucket.name,
  object.key,
  object.size,
  replace(
    strftime('%Y-%m-%dT%H:%M:%fZ', object.last_modified_ms / 1000.0, 'unixepoch'), '.000Z', 'Z'),
  object.etag,
  storage_class.name,
  (SELECT coalesce(number, owner) FROM account WHERE account.id = bucket.account_id),
  bucket.endpoint
FROM object
JOIN bucket ON bucket.id = object.bucket_id
JOIN storage_class ON storage_class.id = object.storage_class_id;

DROP VIEW bucket_classes;
CREATE VIEW bucket_classes (bucket, storage_class, objects, bytes, account, endpoint) AS
SELECT
  bucket.name, storage_class.name, bucket_usage.objects, bucket_usage.bytes,
  (SELECT coalesce(number, owner) FROM account WHERE account.id = bucket.account_id),
  bucket.endpoint
FROM bucket_usage
JOIN bucket ON bucket.id = bucket_usage.bucket_id
JOIN storage_class ON storage_class.id = bucket_usage.storage_class_id;

DROP VIEW prefixes;
CREATE VIEW prefixes (bucket, prefix, depth, objects, bytes, account, endpoint) AS
SELECT
  bucket.name, prefix_usage.prefix, prefix_usage.depth, prefix_usage.objects, prefix_usage.bytes,
  (SELECT coalesce(number, owner) FROM account WHERE account.id = bucket.account_id),
  bucket.endpoint
FROM prefix_usage
JOIN bucket ON bucket.id = prefix_usage.bucket_id;

DROP VIEW changes;
CREATE VIEW changes
  (sync, at, bucket, key, change, size_before, size_after, account, endpoint) AS
SELECT
  object_change.sync_id,
  replace(
    strftime('%Y-%m-%dT%H:%M:%fZ', object_change.at_ms / 1000.0, 'unixepoch'), '.000Z', 'Z'),
  bucket.name,
  object_change.key,
  object_change.change,
  object_change.size_before,
  object_change.size_after,
  (SELECT coalesce(number, owner) FROM account WHERE account.id = bucket.account_id),
  bucket.endpoint
FROM object_change
JOIN bucket ON bucket.id = object_change.bucket_id;

DROP VIEW history;
CREATE VIEW history (at, bucket, storage_class, objects, bytes, account, endpoint) AS
SELECT
  replace(
    strftime('%Y-%m-%dT%H:%M:%fZ', usage_history.at_ms / 1000.0, 'unixepoch'), '.000Z', 'Z'),
  bucket.name,
  storage_class.name,
  usage_history.objects,
  usage_history.bytes,
  (SELECT coalesce(number, owner) FROM account WHERE account.id = bucket.account_id),
  bucket.endpoint
FROM usage_history
JOIN bucket ON bucket.id = usage_history.bucket_id
JOIN storage_class ON storage_class.id = usage_history.storage_class_id;

DROP VIEW bucket_properties;
CREATE VIEW bucket_properties
  (bucket, property, state, value, document, error, read_at, account, endpoint) AS
SELECT
  bucket.name,
  bucket_property.property,
  bucket_property.state,
  bucket_property.value,
  bucket_property.document,
  bucket_property.error,
  replace(
    strftime('%Y-%m-%dT%H:%M:%fZ', bucket_property.read_ms / 1000.0, 'unixepoch'), '.000Z', 'Z'),
  coalesce(account.number, account.owner),
  bucket.endpoint
FROM bucket_property
JOIN bucket ON bucket.id = bucket_property.bucket_id
LEFT JOIN account ON account.id = bucket.account_id;

DROP VIEW buckets;
CREATE VIEW buckets
  (bucket, region, created, objects, bytes, last_modified, synced_at, state, error, account,
   versioning, encryption, lifecycle, replication, public_access_block, policy_status, acl,
   object_lock, logging, tags, intelligent_tiering, endpoint) AS
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
  bucket.error,
  coalesce(account.number, account.owner),
  p.versioning, p.encryption, p.lifecycle, p.replication, p.public_access_block, p.policy_status,
  p.acl, p.object_lock, p.logging, p.tags, p.intelligent_tiering,
  bucket.endpoint
FROM bucket
LEFT JOIN (
  SELECT bucket_id, sum(objects) AS objects, sum(bytes) AS bytes
  FROM bucket_usage
  GROUP BY bucket_id
) AS usage ON usage.bucket_id = bucket.id
LEFT JOIN account ON account.id = bucket.account_id
LEFT JOIN (
  SELECT
    bucket_id,
    max(coalesce(value, state)) FILTER (WHERE property = 'versioning') AS versioning,
    max(coalesce(value, state)) FILTER (WHERE property = 'encryption') AS encryption,
    max(coalesce(value, state)) FILTER (WHERE property = 'lifecycle') AS lifecycle,
    max(coalesce(value, state)) FILTER (WHERE property = 'replication') AS replication,
    max(coalesce(value, state)) FILTER (WHERE property = 'public_access_block')
      AS public_access_block,
    max(coalesce(value, state)) FILTER (WHERE property = 'policy_status') AS policy_status,
    max(coalesce(value, state)) FILTER (WHERE property = 'acl') AS acl,
    max(coalesce(value, state)) FILTER (WHERE property = 'object_lock') AS object_lock,
    max(coalesce(value, state)) FILTER (WHERE property = 'logging') AS logging,
    max(coalesce(value, state)) FILTER (WHERE property = 'tags') AS tags,
    max(coalesce(value, state)) FILTER (WHERE property = 'intelligent_tiering')
      AS intelligent_tiering
  FROM bucket_property
  GROUP BY bucket_id
) AS p ON p.bucket_id = bucket.id;
