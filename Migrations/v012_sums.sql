-- Sums that do not fit into 64 bits are the largest number that does: sum() would end every question.
--
-- The upper and the lower halves of the numbers are summed apart, and neither sum can overflow.

DROP VIEW accounts;
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
  bucket.endpoint
FROM bucket
LEFT JOIN (
  SELECT bucket_id, sum(objects >> 32) AS objects_high, sum(objects & 4294967295) AS objects_low,
    sum(bytes >> 32) AS bytes_high, sum(bytes & 4294967295) AS bytes_low
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

DROP VIEW syncs;
CREATE VIEW syncs
  (sync, started, finished, state, buckets, objects, added, changed, removed, requests, retries) AS
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
  sync.retries
FROM sync
LEFT JOIN (
  SELECT sync_id, count(DISTINCT crawl.bucket_id) AS buckets,
    sum(objects >> 32) AS objects_high, sum(objects & 4294967295) AS objects_low,
    sum(added >> 32) AS added_high, sum(added & 4294967295) AS added_low,
    sum(changed >> 32) AS changed_high, sum(changed & 4294967295) AS changed_low,
    sum(removed >> 32) AS removed_high, sum(removed & 4294967295) AS removed_low
  FROM sync_crawl JOIN crawl ON crawl.id = sync_crawl.crawl_id
  GROUP BY sync_id
) AS counts ON counts.sync_id = sync.id;
