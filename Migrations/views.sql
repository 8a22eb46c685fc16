-- Every view as it is now: the stable public interface, which README.md beside this file documents. A
-- change here may add views and columns; it never renames or removes one.
--
-- The program makes all of them anew, in one transaction, in an index whose views have another
-- checksum than this file. Times are ISO 8601 in UTC, with milliseconds only where there are some.
-- An ETag that nobody told, as of an inventory without that column, is '?' in the tables.
-- An account is asked for only where it is selected: SQLite leaves a join out of no aggregate.

DROP VIEW IF EXISTS objects;
CREATE VIEW objects (bucket, key, size, last_modified, etag, storage_class, account, endpoint) AS
SELECT
  bucket.name,
  object.key,
  object.size,
  replace(
    strftime('%Y-%m-%dT%H:%M:%fZ', object.last_modified_ms / 1000.0, 'unixepoch'), '.000Z', 'Z'),
  CAST(nullif(object.etag, '?') AS TEXT),
  storage_class.name,
  (SELECT coalesce(number, owner) FROM account WHERE account.id = bucket.account_id),
  bucket.endpoint
FROM object
JOIN bucket ON bucket.id = object.bucket_id
JOIN storage_class ON storage_class.id = object.storage_class_id;

-- Both halves are in the order of their primary keys, so that `ORDER BY key, rank` of one bucket merges
-- them without a sort where its endpoint is named too: rank is NULL for an object, and NULL comes first. The
-- casts give both halves the same affinities, without which SQLite makes the whole view first, and the
-- cross joins find a bucket before its keys.
DROP VIEW IF EXISTS versions;
CREATE VIEW versions
  (bucket, key, version_id, is_latest, is_delete_marker, size, last_modified, etag, storage_class,
   account, endpoint, rank) AS
SELECT
  bucket.name,
  object.key,
  CAST(CASE
    WHEN object.version_id IS NULL AND object.last_modified_ms < bucket.null_ids_before_ms THEN 'null'
    ELSE nullif(object.version_id, '') END AS TEXT),
  1,
  0,
  object.size,
  replace(
    strftime('%Y-%m-%dT%H:%M:%fZ', object.last_modified_ms / 1000.0, 'unixepoch'), '.000Z', 'Z'),
  CAST(nullif(object.etag, '?') AS TEXT),
  (SELECT name FROM storage_class WHERE storage_class.id = object.storage_class_id),
  (SELECT coalesce(number, owner) FROM account WHERE account.id = bucket.account_id),
  bucket.endpoint,
  CAST(NULL AS INTEGER)
FROM bucket
CROSS JOIN object ON object.bucket_id = bucket.id
WHERE bucket.versions_begun_ms IS NOT NULL
UNION ALL
SELECT
  bucket.name,
  object_version.key,
  object_version.version_id,
  object_version.kind = 2,
  object_version.kind <> 0,
  CAST(CASE WHEN object_version.kind = 0 THEN object_version.size END AS INTEGER),
  replace(
    strftime('%Y-%m-%dT%H:%M:%fZ', object_version.last_modified_ms / 1000.0, 'unixepoch'), '.000Z', 'Z'),
  CAST(CASE WHEN object_version.kind = 0 THEN nullif(object_version.etag, '?') END AS TEXT),
  (SELECT name FROM storage_class WHERE storage_class.id = object_version.storage_class_id),
  (SELECT coalesce(number, owner) FROM account WHERE account.id = bucket.account_id),
  bucket.endpoint,
  object_version.rank
FROM bucket
CROSS JOIN object_version ON object_version.bucket_id = bucket.id;

DROP VIEW IF EXISTS uploads;
CREATE VIEW uploads
  (bucket, key, upload_id, initiated, storage_class, parts, bytes, account, endpoint) AS
SELECT
  bucket.name,
  upload.key,
  upload.upload_id,
  replace(
    strftime('%Y-%m-%dT%H:%M:%fZ', upload.initiated_ms / 1000.0, 'unixepoch'), '.000Z', 'Z'),
  (SELECT name FROM storage_class WHERE storage_class.id = upload.storage_class_id),
  upload.parts,
  upload.bytes,
  (SELECT coalesce(number, owner) FROM account WHERE account.id = bucket.account_id),
  bucket.endpoint
FROM bucket
CROSS JOIN upload ON upload.bucket_id = bucket.id;

DROP VIEW IF EXISTS buckets;
CREATE VIEW buckets
  (bucket, region, created, objects, bytes, last_modified, synced_at, state, error, account,
   versioning, encryption, lifecycle, replication, public_access_block, policy_status, acl,
   object_lock, logging, tags, intelligent_tiering, endpoint,
   noncurrent_objects, noncurrent_bytes, delete_markers, uploads, upload_bytes,
   versions_synced_at, uploads_synced_at) AS
SELECT
  bucket.name,
  bucket.region,
  replace(
    strftime('%Y-%m-%dT%H:%M:%fZ', bucket.created_ms / 1000.0, 'unixepoch'), '.000Z', 'Z'),
  coalesce(CASE WHEN usage.objects_high + (usage.objects_low >> 32) > 2147483647 THEN 9223372036854775807
    ELSE ((usage.objects_high + (usage.objects_low >> 32)) << 32) | (usage.objects_low & 4294967295) END, 0),
  coalesce(CASE WHEN usage.bytes_high + (usage.bytes_low >> 32) > 2147483647 THEN 9223372036854775807
    ELSE ((usage.bytes_high + (usage.bytes_low >> 32)) << 32) | (usage.bytes_low & 4294967295) END, 0),
  replace(
    strftime('%Y-%m-%dT%H:%M:%fZ', bucket.newest_object_ms / 1000.0, 'unixepoch'), '.000Z', 'Z'),
  replace(
    strftime('%Y-%m-%dT%H:%M:%fZ', bucket.synced_ms / 1000.0, 'unixepoch'), '.000Z', 'Z'),
  bucket.state,
  bucket.error,
  coalesce(account.number, account.owner),
  p.versioning, p.encryption, p.lifecycle, p.replication, p.public_access_block, p.policy_status,
  p.acl, p.object_lock, p.logging, p.tags, p.intelligent_tiering,
  bucket.endpoint,
  CASE WHEN bucket.versions_synced_ms IS NOT NULL THEN coalesce(CASE WHEN old.objects_high + (old.objects_low >> 32) > 2147483647 THEN 9223372036854775807
    ELSE ((old.objects_high + (old.objects_low >> 32)) << 32) | (old.objects_low & 4294967295) END, 0) END,
  CASE WHEN bucket.versions_synced_ms IS NOT NULL THEN coalesce(CASE WHEN old.bytes_high + (old.bytes_low >> 32) > 2147483647 THEN 9223372036854775807
    ELSE ((old.bytes_high + (old.bytes_low >> 32)) << 32) | (old.bytes_low & 4294967295) END, 0) END,
  CASE WHEN bucket.versions_synced_ms IS NOT NULL THEN coalesce(old.markers, 0) END,
  CASE WHEN bucket.uploads_synced_ms IS NOT NULL THEN coalesce(begun.uploads, 0) END,
  CASE WHEN bucket.uploads_synced_ms IS NULL THEN NULL
    WHEN begun.uploads IS NULL THEN 0
    WHEN begun.uploads = begun.known THEN CASE WHEN begun.bytes_high + (begun.bytes_low >> 32) > 2147483647 THEN 9223372036854775807
    ELSE ((begun.bytes_high + (begun.bytes_low >> 32)) << 32) | (begun.bytes_low & 4294967295) END END,
  replace(
    strftime('%Y-%m-%dT%H:%M:%fZ', bucket.versions_synced_ms / 1000.0, 'unixepoch'), '.000Z', 'Z'),
  replace(
    strftime('%Y-%m-%dT%H:%M:%fZ', bucket.uploads_synced_ms / 1000.0, 'unixepoch'), '.000Z', 'Z')
FROM bucket
LEFT JOIN (
  SELECT bucket_id, sum(objects >> 32) AS objects_high, sum(objects & 4294967295) AS objects_low,
    sum(bytes >> 32) AS bytes_high, sum(bytes & 4294967295) AS bytes_low
  FROM bucket_usage
  GROUP BY bucket_id
) AS usage ON usage.bucket_id = bucket.id
LEFT JOIN (
  SELECT bucket_id, sum(objects >> 32) AS objects_high, sum(objects & 4294967295) AS objects_low,
    sum(bytes >> 32) AS bytes_high, sum(bytes & 4294967295) AS bytes_low, sum(markers) AS markers
  FROM version_usage
  GROUP BY bucket_id
) AS old ON old.bucket_id = bucket.id
LEFT JOIN (
  SELECT bucket_id, count(*) AS uploads, count(bytes) AS known,
    sum(bytes >> 32) AS bytes_high, sum(bytes & 4294967295) AS bytes_low
  FROM upload
  GROUP BY bucket_id
) AS begun ON begun.bucket_id = bucket.id
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

DROP VIEW IF EXISTS bucket_properties;
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

-- A class of old versions or uploads alone is a row too, with no objects.
DROP VIEW IF EXISTS bucket_classes;
CREATE VIEW bucket_classes
  (bucket, storage_class, objects, bytes, account, endpoint, noncurrent_objects, noncurrent_bytes,
   uploads, upload_bytes, versions_synced_at, uploads_synced_at) AS
SELECT
  bucket.name,
  storage_class.name,
  coalesce(bucket_usage.objects, 0),
  coalesce(bucket_usage.bytes, 0),
  (SELECT coalesce(number, owner) FROM account WHERE account.id = bucket.account_id),
  bucket.endpoint,
  CASE WHEN bucket.versions_synced_ms IS NOT NULL THEN coalesce(version_usage.objects, 0) END,
  CASE WHEN bucket.versions_synced_ms IS NOT NULL THEN coalesce(version_usage.bytes, 0) END,
  CASE WHEN bucket.uploads_synced_ms IS NOT NULL THEN coalesce(begun.uploads, 0) END,
  CASE WHEN bucket.uploads_synced_ms IS NULL THEN NULL
    WHEN begun.uploads IS NULL THEN 0
    WHEN begun.uploads = begun.known THEN CASE WHEN begun.bytes_high + (begun.bytes_low >> 32) > 2147483647 THEN 9223372036854775807
    ELSE ((begun.bytes_high + (begun.bytes_low >> 32)) << 32) | (begun.bytes_low & 4294967295) END END,
  replace(
    strftime('%Y-%m-%dT%H:%M:%fZ', bucket.versions_synced_ms / 1000.0, 'unixepoch'), '.000Z', 'Z'),
  replace(
    strftime('%Y-%m-%dT%H:%M:%fZ', bucket.uploads_synced_ms / 1000.0, 'unixepoch'), '.000Z', 'Z')
FROM (
  SELECT bucket_id, storage_class_id FROM bucket_usage
  UNION SELECT bucket_id, storage_class_id FROM version_usage WHERE storage_class_id <> 0
  UNION SELECT bucket_id, storage_class_id FROM upload
) AS used
JOIN bucket ON bucket.id = used.bucket_id
JOIN storage_class ON storage_class.id = used.storage_class_id
LEFT JOIN bucket_usage ON bucket_usage.bucket_id = used.bucket_id
  AND bucket_usage.storage_class_id = used.storage_class_id
LEFT JOIN version_usage ON version_usage.bucket_id = used.bucket_id
  AND version_usage.storage_class_id = used.storage_class_id
LEFT JOIN (
  SELECT bucket_id, storage_class_id, count(*) AS uploads, count(bytes) AS known,
    sum(bytes >> 32) AS bytes_high, sum(bytes & 4294967295) AS bytes_low
  FROM upload
  GROUP BY bucket_id, storage_class_id
) AS begun ON begun.bucket_id = used.bucket_id
  AND begun.storage_class_id = used.storage_class_id;

DROP VIEW IF EXISTS prefixes;
CREATE VIEW prefixes (bucket, prefix, depth, objects, bytes, account, endpoint) AS
SELECT
  bucket.name, prefix_usage.prefix, prefix_usage.depth, prefix_usage.objects, prefix_usage.bytes,
  (SELECT coalesce(number, owner) FROM account WHERE account.id = bucket.account_id),
  bucket.endpoint
FROM prefix_usage
JOIN bucket ON bucket.id = prefix_usage.bucket_id;

DROP VIEW IF EXISTS accounts;
CREATE VIEW accounts
  (account, owner, profile, buckets, objects, bytes, endpoint, state, error, synced_at) AS
SELECT
  coalesce(account.number, account.owner),
  account.owner,
  account.profile,
  (SELECT count(*) FROM bucket WHERE bucket.account_id = account.id),
  coalesce(CASE WHEN usage.objects_high + (usage.objects_low >> 32) > 2147483647 THEN 9223372036854775807
    ELSE ((usage.objects_high + (usage.objects_low >> 32)) << 32) | (usage.objects_low & 4294967295) END, 0),
  coalesce(CASE WHEN usage.bytes_high + (usage.bytes_low >> 32) > 2147483647 THEN 9223372036854775807
    ELSE ((usage.bytes_high + (usage.bytes_low >> 32)) << 32) | (usage.bytes_low & 4294967295) END, 0),
  account.endpoint,
  account.state,
  account.error,
  replace(
    strftime('%Y-%m-%dT%H:%M:%fZ', account.synced_ms / 1000.0, 'unixepoch'), '.000Z', 'Z')
FROM account
LEFT JOIN (
  SELECT account_id, sum(objects >> 32) AS objects_high, sum(objects & 4294967295) AS objects_low,
    sum(bytes >> 32) AS bytes_high, sum(bytes & 4294967295) AS bytes_low
  FROM bucket JOIN bucket_usage ON bucket_usage.bucket_id = bucket.id
  GROUP BY account_id
) AS usage ON usage.account_id = account.id
UNION ALL
SELECT NULL, NULL, nullif(profile, ''), 0, 0, 0, endpoint, state, error, NULL
FROM unknown_account;

DROP VIEW IF EXISTS syncs;
CREATE VIEW syncs
  (sync, started, finished, state, buckets, objects, added, changed, removed, requests, retries,
  versions) AS
SELECT
  sync.id,
  replace(
    strftime('%Y-%m-%dT%H:%M:%fZ', sync.started_ms / 1000.0, 'unixepoch'), '.000Z', 'Z'),
  replace(
    strftime('%Y-%m-%dT%H:%M:%fZ', sync.finished_ms / 1000.0, 'unixepoch'), '.000Z', 'Z'),
  sync.state,
  coalesce(counts.buckets, 0),
  coalesce(CASE WHEN counts.objects_high + (counts.objects_low >> 32) > 2147483647 THEN 9223372036854775807
    ELSE ((counts.objects_high + (counts.objects_low >> 32)) << 32) | (counts.objects_low & 4294967295) END, 0),
  coalesce(CASE WHEN counts.added_high + (counts.added_low >> 32) > 2147483647 THEN 9223372036854775807
    ELSE ((counts.added_high + (counts.added_low >> 32)) << 32) | (counts.added_low & 4294967295) END, 0),
  coalesce(CASE WHEN counts.changed_high + (counts.changed_low >> 32) > 2147483647 THEN 9223372036854775807
    ELSE ((counts.changed_high + (counts.changed_low >> 32)) << 32) | (counts.changed_low & 4294967295) END, 0),
  coalesce(CASE WHEN counts.removed_high + (counts.removed_low >> 32) > 2147483647 THEN 9223372036854775807
    ELSE ((counts.removed_high + (counts.removed_low >> 32)) << 32) | (counts.removed_low & 4294967295) END, 0),
  sync.requests,
  sync.retries,
  CASE WHEN counts.versions_high + (counts.versions_low >> 32) > 2147483647 THEN 9223372036854775807
    ELSE ((counts.versions_high + (counts.versions_low >> 32)) << 32) | (counts.versions_low & 4294967295) END
FROM sync
LEFT JOIN (
  SELECT sync_id, count(DISTINCT crawl.bucket_id) AS buckets,
    sum(objects >> 32) AS objects_high, sum(objects & 4294967295) AS objects_low,
    sum(added >> 32) AS added_high, sum(added & 4294967295) AS added_low,
    sum(changed >> 32) AS changed_high, sum(changed & 4294967295) AS changed_low,
    sum(removed >> 32) AS removed_high, sum(removed & 4294967295) AS removed_low,
    sum(sync_crawl.versions >> 32) AS versions_high,
    sum(sync_crawl.versions & 4294967295) AS versions_low
  FROM sync_crawl JOIN crawl ON crawl.id = sync_crawl.crawl_id
  GROUP BY sync_id
) AS counts ON counts.sync_id = sync.id;

DROP VIEW IF EXISTS changes;
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

DROP VIEW IF EXISTS history;
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

-- A bucket at each of its complete crawls, with how far prefixes are known then.
DROP VIEW IF EXISTS points;
CREATE VIEW points
  (at, bucket, objects, bytes, prefix_depth, prefixes_left_out, account, endpoint) AS
SELECT
  replace(
    strftime('%Y-%m-%dT%H:%M:%fZ', usage_point.at_ms / 1000.0, 'unixepoch'), '.000Z', 'Z'),
  bucket.name,
  usage_point.objects,
  usage_point.bytes,
  usage_point.prefix_depth,
  usage_point.prefixes_left_out,
  (SELECT coalesce(number, owner) FROM account WHERE account.id = bucket.account_id),
  bucket.endpoint
FROM usage_point
JOIN bucket ON bucket.id = usage_point.bucket_id;

-- A prefix where it is not what it was one crawl before.
DROP VIEW IF EXISTS prefix_history;
CREATE VIEW prefix_history (at, bucket, prefix, depth, objects, bytes, account, endpoint) AS
SELECT
  replace(
    strftime('%Y-%m-%dT%H:%M:%fZ', prefix_usage_history.at_ms / 1000.0, 'unixepoch'), '.000Z', 'Z'),
  bucket.name,
  prefix_usage_history.prefix,
  prefix_usage_history.depth,
  prefix_usage_history.objects,
  prefix_usage_history.bytes,
  (SELECT coalesce(number, owner) FROM account WHERE account.id = bucket.account_id),
  bucket.endpoint
FROM prefix_usage_history
JOIN bucket ON bucket.id = prefix_usage_history.bucket_id;

-- Every row of every list: which one counts on a day is the newest not after it.
DROP VIEW IF EXISTS prices;
CREATE VIEW prices
  (region, usage_type, operation, tier_from, tier_to, unit, usd, effective_date, source, service) AS
SELECT
  region, usage_type, operation, tier_from, tier_to, unit, usd, effective_date, price.source, service
FROM price;

-- Figures of CloudWatch: those of AllStorageTypes are objects, all others bytes.
DROP VIEW IF EXISTS estimates;
CREATE VIEW estimates
  (bucket, region, storage_type, storage_class, component, bytes, objects, day, state, error, asked_at,
   account, endpoint) AS
SELECT
  bucket,
  nullif(region, ''),
  nullif(storage_type, ''),
  storage_class,
  component,
  CASE WHEN component IS NOT 'objects' THEN value END,
  CASE WHEN component IS 'objects' THEN value END,
  strftime('%Y-%m-%d', day_ms / 1000, 'unixepoch'),
  state,
  error,
  replace(strftime('%Y-%m-%dT%H:%M:%fZ', asked_ms / 1000.0, 'unixepoch'), '.000Z', 'Z'),
  nullif(account, ''),
  endpoint
FROM estimate;

-- What was billed: a month of which nothing is said is a row without a service.
DROP VIEW IF EXISTS actual_costs;
CREATE VIEW actual_costs
  (month, month_end, service, usage_type, tag, tag_value, amount, currency, quantity, unit, estimated,
   asked_at, account, endpoint) AS
SELECT
  month,
  month_end,
  service,
  CASE WHEN tag = '' THEN name END,
  nullif(tag, ''),
  CASE WHEN tag <> '' THEN name END,
  amount,
  currency,
  quantity,
  unit,
  is_estimated,
  replace(strftime('%Y-%m-%dT%H:%M:%fZ', asked_ms / 1000.0, 'unixepoch'), '.000Z', 'Z'),
  nullif(account, ''),
  endpoint
FROM actual_cost;
