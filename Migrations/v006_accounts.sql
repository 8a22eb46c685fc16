-- Which account each bucket belongs to, and on which server.
--
-- An account is known by the canonical user id that ListBuckets names, by the number that STS
-- names, or by both. Owners tell accounts apart on one server only: some servers name the same owner
-- as every other of their kind, some the same one for all of their accounts. What is NULL in both is
-- no account: a server that says nothing has none.

-- The name of a bucket is unique within a partition of AWS, not over all of them.
UPDATE bucket SET endpoint = CASE
  WHEN region LIKE 'cn-%' THEN 'aws-cn'
  WHEN region LIKE 'us-gov-%' THEN 'aws-us-gov'
  WHEN region LIKE 'us-iso-%' THEN 'aws-iso'
  WHEN region LIKE 'us-isob-%' THEN 'aws-iso-b'
  WHEN region LIKE 'eu-isoe-%' THEN 'aws-iso-e'
  WHEN region LIKE 'us-isof-%' THEN 'aws-iso-f'
  WHEN region LIKE 'eusc-%' THEN 'aws-eusc'
  ELSE endpoint
END
WHERE endpoint = '';

-- The table is made anew: its owners were unique over all servers.
CREATE TABLE bucket_owner (
  bucket_id INTEGER PRIMARY KEY, endpoint TEXT NOT NULL, owner TEXT NOT NULL
) STRICT;
INSERT INTO bucket_owner (bucket_id, endpoint, owner)
SELECT bucket.id, bucket.endpoint, account.owner
FROM bucket JOIN account ON account.id = bucket.account_id;
UPDATE bucket SET account_id = NULL;
DROP TABLE account;

CREATE TABLE account (
  id INTEGER PRIMARY KEY,
  endpoint TEXT NOT NULL,               -- '' is AWS, as in bucket
  owner TEXT,                           -- the canonical user id; NULL while no list has named it
  number TEXT,                          -- twelve digits; NULL while STS has not said
  profile TEXT,                         -- the profile last used with it; NULL without one
  CHECK (owner IS NOT NULL OR number IS NOT NULL)
) STRICT;

CREATE UNIQUE INDEX account_by_number ON account (endpoint, number) WHERE number IS NOT NULL;
CREATE UNIQUE INDEX account_by_owner ON account (endpoint, owner) WHERE number IS NULL;

-- 1: the account's list named the bucket; 0: the account has but read it.
ALTER TABLE bucket ADD COLUMN account_is_owner INTEGER NOT NULL DEFAULT 0;

INSERT INTO account (endpoint, owner) SELECT DISTINCT endpoint, owner FROM bucket_owner;
UPDATE bucket SET
  account_is_owner = 1,
  account_id = (
    SELECT account.id
    FROM bucket_owner
    JOIN account ON account.endpoint = bucket_owner.endpoint AND account.owner = bucket_owner.owner
    WHERE bucket_owner.bucket_id = bucket.id
  )
WHERE id IN (SELECT bucket_id FROM bucket_owner);
DROP TABLE bucket_owner;

-- The account is asked for only where it is selected: SQLite leaves a join out of no aggregate.

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
  (SELECT coalesce(number, owner) FROM account WHERE account.id = bucket.account_id)
FROM object
JOIN bucket ON bucket.id = object.bucket_id
JOIN storage_class ON storage_class.id = object.storage_class_id;

DROP VIEW bucket_classes;
CREATE VIEW bucket_classes (bucket, storage_class, objects, bytes, account) AS
SELECT
  bucket.name, storage_class.name, bucket_usage.objects, bucket_usage.bytes,
  (SELECT coalesce(number, owner) FROM account WHERE account.id = bucket.account_id)
FROM bucket_usage
JOIN bucket ON bucket.id = bucket_usage.bucket_id
JOIN storage_class ON storage_class.id = bucket_usage.storage_class_id;

DROP VIEW prefixes;
CREATE VIEW prefixes (bucket, prefix, depth, objects, bytes, account) AS
SELECT
  bucket.name, prefix_usage.prefix, prefix_usage.depth, prefix_usage.objects, prefix_usage.bytes,
  (SELECT coalesce(number, owner) FROM account WHERE account.id = bucket.account_id)
FROM prefix_usage
JOIN bucket ON bucket.id = prefix_usage.bucket_id;

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
  (SELECT coalesce(number, owner) FROM account WHERE account.id = bucket.account_id)
FROM object_change
JOIN bucket ON bucket.id = object_change.bucket_id;

DROP VIEW history;
CREATE VIEW history (at, bucket, storage_class, objects, bytes, account) AS
SELECT
  replace(
    strftime('%Y-%m-%dT%H:%M:%fZ', usage_history.at_ms / 1000.0, 'unixepoch'), '.000Z', 'Z'),
  bucket.name,
  storage_class.name,
  usage_history.objects,
  usage_history.bytes,
  (SELECT coalesce(number, owner) FROM account WHERE account.id = bucket.account_id)
FROM usage_history
JOIN bucket ON bucket.id = usage_history.bucket_id
JOIN storage_class ON storage_class.id = usage_history.storage_class_id;

CREATE VIEW accounts (account, owner, profile, buckets, objects, bytes, endpoint) AS
SELECT
  coalesce(account.number, account.owner),
  account.owner,
  account.profile,
  count(DISTINCT bucket.id),
  coalesce(sum(bucket_usage.objects), 0),
  coalesce(sum(bucket_usage.bytes), 0),
  account.endpoint
FROM account
LEFT JOIN bucket ON bucket.account_id = account.id
LEFT JOIN bucket_usage ON bucket_usage.bucket_id = bucket.id
GROUP BY account.id;
