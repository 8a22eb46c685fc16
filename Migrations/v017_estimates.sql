-- What others say of the same buckets: CloudWatch's figures, and what Cost Explorer says was billed.
--
-- Both know things that no listing has: so no row belongs to one of bucket, and asking changes nothing there.

-- A row a figure, of the day that was chosen for its bucket; one without a type where there is none.
CREATE TABLE estimate (
  endpoint TEXT NOT NULL,               -- as in bucket
  bucket TEXT NOT NULL,
  region TEXT NOT NULL,                 -- '' where nobody says it
  storage_type TEXT NOT NULL,           -- as CloudWatch writes it; '' for none
  account TEXT NOT NULL,                -- its number, else its owner; '' where neither is known
  storage_class TEXT,                   -- NULL for all classes, and for a type that is not known
  component TEXT,                       -- what its bytes are billed for; NULL where that is not known
  value INTEGER,                        -- bytes, or objects; NULL where it is not known
  day_ms INTEGER,                       -- its midnight
  state TEXT NOT NULL CHECK (state IN (
    'complete', 'incomplete', 'no figure', 'gone', 'denied', 'failed')),
  error TEXT,                           -- why the figure is not known, or could not be asked for again
  asked_ms INTEGER NOT NULL,
  PRIMARY KEY (endpoint, bucket, region, storage_type)
) STRICT, WITHOUT ROWID;

-- A row a sum, and one without a service for a month of which nothing is said. Numbers are text, as they came.
CREATE TABLE actual_cost (
  endpoint TEXT NOT NULL,
  account TEXT NOT NULL,                -- who was asked: its bill may be that of others too
  tag TEXT NOT NULL,                    -- the key of the tag that it is by; '': by usage type
  month TEXT NOT NULL,                  -- its first day, 2026-10-01
  place INTEGER NOT NULL,               -- from 0 within the month
  month_end TEXT NOT NULL,              -- the day after the last that is in
  service TEXT,
  name TEXT,                            -- the usage type, or the tag's value; '' for what has no tag
  amount TEXT,                          -- below zero for credits and refunds
  currency TEXT,
  quantity TEXT,
  unit TEXT,
  is_estimated INTEGER NOT NULL,        -- 1: the month is not closed
  asked_ms INTEGER NOT NULL,
  PRIMARY KEY (endpoint, account, tag, month, place)
) STRICT, WITHOUT ROWID;
