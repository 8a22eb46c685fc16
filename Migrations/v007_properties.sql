-- How each bucket is set up, as its last sync read it.

-- A property that could not be read says why instead: nothing here is ever a guess.
CREATE TABLE bucket_property (
  bucket_id INTEGER NOT NULL REFERENCES bucket (id) ON DELETE CASCADE,
  property TEXT NOT NULL,
  state TEXT NOT NULL
    CHECK (state IN ('set', 'none', 'denied', 'unsupported', 'failed')),
  value TEXT,     -- the property in a word or a number; NULL unless it is set
  document TEXT,  -- all of it, as JSON; NULL unless it is set
  error TEXT,     -- why it could not be read; NULL when it was
  read_ms INTEGER NOT NULL,
  PRIMARY KEY (bucket_id, property)
) STRICT, WITHOUT ROWID;

CREATE VIEW bucket_properties (bucket, property, state, value, document, error, read_at, account) AS
SELECT
  bucket.name,
  bucket_property.property,
  bucket_property.state,
  bucket_property.value,
  bucket_property.document,
  bucket_property.error,
  replace(
    strftime('%Y-%m-%dT%H:%M:%fZ', bucket_property.read_ms / 1000.0, 'unixepoch'), '.000Z', 'Z'),
  coalesce(account.number, account.owner)
FROM bucket_property
JOIN bucket ON bucket.id = bucket_property.bucket_id
LEFT JOIN account ON account.id = bucket.account_id;

DROP VIEW buckets;
CREATE VIEW buckets
  (bucket, region, created, objects, bytes, last_modified, synced_at, state, error, account,
   versioning, encryption, lifecycle, replication, public_access_block, policy_status, acl,
   object_lock, logging, tags, intelligent_tiering) AS
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
  p.acl, p.object_lock, p.logging, p.tags, p.intelligent_tiering
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
