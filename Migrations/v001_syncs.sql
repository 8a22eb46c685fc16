-- Who was listed, when, and how far: buckets, syncs, crawls and their checkpoints.
--
-- A crawl's ranges tile its part of the key space as (lo, hi]; lo = '' is the start, hi IS NULL is
-- unbounded. A range's cursor is the last key whose row is committed: it is written in the same
-- transaction as the rows before it, so a process killed at any instant resumes from the truth.
-- Times are milliseconds since 1970-01-01 UTC.

CREATE TABLE account (
  id INTEGER PRIMARY KEY,
  owner TEXT NOT NULL UNIQUE            -- the canonical user id that ListBuckets names
) STRICT;

CREATE TABLE bucket (
  id INTEGER PRIMARY KEY,
  account_id INTEGER REFERENCES account (id),  -- NULL: named by the user, never seen in ListBuckets
  endpoint TEXT NOT NULL,               -- '' is AWS
  name TEXT NOT NULL,
  region TEXT,
  created_ms INTEGER,
  state TEXT NOT NULL DEFAULT 'never'
    CHECK (state IN ('never', 'partial', 'complete', 'denied')),
  synced_ms INTEGER,                    -- start of the last complete crawl of the whole bucket
  newest_object_ms INTEGER,             -- the latest last_modified among its objects
  newest_is_stale INTEGER NOT NULL DEFAULT 0,  -- 1: an object of that time is gone
  error TEXT,                           -- why the state is not 'complete'
  UNIQUE (endpoint, name)
) STRICT;

CREATE INDEX bucket_by_account ON bucket (account_id);

CREATE TABLE sync (
  id INTEGER PRIMARY KEY,
  pid INTEGER NOT NULL,
  started_ms INTEGER NOT NULL,
  finished_ms INTEGER,
  state TEXT NOT NULL
    CHECK (state IN ('running', 'complete', 'partial', 'interrupted', 'failed')),
  requests INTEGER NOT NULL DEFAULT 0,
  retries INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE crawl (
  id INTEGER PRIMARY KEY,
  bucket_id INTEGER NOT NULL REFERENCES bucket (id) ON DELETE CASCADE,
  prefix TEXT NOT NULL DEFAULT '',      -- '' is the whole bucket
  state TEXT NOT NULL
    CHECK (state IN ('running', 'complete', 'failed', 'abandoned')),
  started_ms INTEGER NOT NULL,
  finished_ms INTEGER,
  journaled INTEGER NOT NULL,           -- 0: a first crawl, where everything is new
  error TEXT
) STRICT;

CREATE INDEX crawl_by_bucket ON crawl (bucket_id, id);

-- What one sync did in one crawl: a crawl that was interrupted goes on in the next sync.
CREATE TABLE sync_crawl (
  sync_id INTEGER NOT NULL REFERENCES sync (id) ON DELETE CASCADE,
  crawl_id INTEGER NOT NULL REFERENCES crawl (id) ON DELETE CASCADE,
  objects INTEGER NOT NULL DEFAULT 0,
  added INTEGER NOT NULL DEFAULT 0,
  changed INTEGER NOT NULL DEFAULT 0,
  removed INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (sync_id, crawl_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX sync_crawl_by_crawl ON sync_crawl (crawl_id);

CREATE TABLE crawl_range (
  crawl_id INTEGER NOT NULL REFERENCES crawl (id) ON DELETE CASCADE,
  lo TEXT NOT NULL,
  hi TEXT,
  cursor TEXT NOT NULL,
  objects INTEGER NOT NULL DEFAULT 0,   -- objects listed in (lo, cursor]
  done INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (crawl_id, lo)
) STRICT, WITHOUT ROWID;
