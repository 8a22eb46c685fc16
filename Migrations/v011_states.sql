-- How far the lists of whole accounts can be believed, and those of prefixes: a bucket has its state in
-- its own row.

-- synced_ms is when its list of buckets was last read; NULL also for a list read before this migration.
ALTER TABLE account ADD COLUMN state TEXT NOT NULL DEFAULT 'never'
  CHECK (state IN ('never', 'partial', 'complete', 'denied'));
ALTER TABLE account ADD COLUMN error TEXT;      -- why the state is not 'complete'
ALTER TABLE account ADD COLUMN synced_ms INTEGER;

-- Only a list names the owner.
UPDATE account SET state = 'complete' WHERE owner IS NOT NULL;

-- What was asked for its list and did not answer, while nobody knows which account it is.
CREATE TABLE unknown_account (
  endpoint TEXT NOT NULL,               -- '' is AWS, or not known
  profile TEXT NOT NULL,                -- '' without one
  state TEXT NOT NULL CHECK (state IN ('partial', 'denied')),
  error TEXT NOT NULL,
  PRIMARY KEY (endpoint, profile)
) STRICT, WITHOUT ROWID;

-- Prefixes that were listed to their end since their bucket last was. A prefix keeps its row, with
-- another state, while a later crawl of its keys runs or has failed.
CREATE TABLE listed_prefix (
  bucket_id INTEGER NOT NULL REFERENCES bucket (id) ON DELETE CASCADE,
  prefix TEXT NOT NULL,
  crawl_id INTEGER NOT NULL,            -- the crawl that listed it
  state TEXT NOT NULL CHECK (state IN ('complete', 'partial', 'denied')),
  synced_ms INTEGER NOT NULL,           -- start of that crawl
  PRIMARY KEY (bucket_id, prefix)
) STRICT, WITHOUT ROWID;
