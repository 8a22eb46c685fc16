-- What each bucket and each of its larger prefixes held at every complete crawl.
--
-- usage_history has a row a class, so a crawl that found a bucket empty left none there. A row here says
-- that there was a crawl, and what is known of prefixes at that moment.
CREATE TABLE usage_point (
  bucket_id INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,               -- the crawl's start
  sync_id INTEGER,                      -- the sync or import that ended it; NULL: not known
  objects INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  prefix_depth INTEGER,                 -- prefixes were recorded down to it; NULL: none were
  prefixes_left_out INTEGER,            -- so many of these depths were not, as they are not of the largest
  PRIMARY KEY (bucket_id, at_ms)
) STRICT, WITHOUT ROWID;

-- A crawl of a whole bucket that was refused, or did not come to its end: what it held then is not known.
CREATE TABLE usage_gap (
  bucket_id INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  sync_id INTEGER,
  state TEXT NOT NULL CHECK (state IN ('partial', 'denied')),
  PRIMARY KEY (bucket_id, at_ms)
) STRICT, WITHOUT ROWID;

-- A row where a prefix is not what it was one crawl before: its value at a moment is in its last row at or
-- before it. Zeros: it ended. NULL: it is no longer among the largest, and what it holds is not recorded.
CREATE TABLE prefix_usage_history (
  bucket_id INTEGER NOT NULL,
  depth INTEGER NOT NULL,
  prefix TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  objects INTEGER,
  bytes INTEGER,
  PRIMARY KEY (bucket_id, depth, prefix, at_ms)
) STRICT, WITHOUT ROWID;

-- The last value of each prefix that neither ended nor was left out: the next crawl is compared with it.
CREATE TABLE prefix_usage_recorded (
  bucket_id INTEGER NOT NULL,
  depth INTEGER NOT NULL,
  prefix TEXT NOT NULL,
  objects INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  PRIMARY KEY (bucket_id, depth, prefix)
) STRICT, WITHOUT ROWID;

-- Crawls that were complete before there was this table. Sums are in halves, as they may not fit.
INSERT INTO usage_point (bucket_id, at_ms, sync_id, objects, bytes)
SELECT
  moment.bucket_id,
  moment.at_ms,
  (SELECT max(sync_crawl.sync_id) FROM crawl JOIN sync_crawl ON sync_crawl.crawl_id = crawl.id
    WHERE crawl.bucket_id = moment.bucket_id AND crawl.started_ms = moment.at_ms
      AND crawl.prefix = '' AND crawl.state = 'complete'),
  CASE WHEN sums.objects_high + (sums.objects_low >> 32) > 2147483647 THEN 9223372036854775807
    ELSE coalesce(((sums.objects_high + (sums.objects_low >> 32)) << 32)
      | (sums.objects_low & 4294967295), 0) END,
  CASE WHEN sums.bytes_high + (sums.bytes_low >> 32) > 2147483647 THEN 9223372036854775807
    ELSE coalesce(((sums.bytes_high + (sums.bytes_low >> 32)) << 32)
      | (sums.bytes_low & 4294967295), 0) END
FROM (
  SELECT bucket_id, at_ms FROM usage_history
  UNION
  SELECT bucket_id, started_ms FROM crawl WHERE prefix = '' AND state = 'complete'
) AS moment
LEFT JOIN (
  SELECT bucket_id, at_ms,
    sum(objects >> 32) AS objects_high, sum(objects & 4294967295) AS objects_low,
    sum(bytes >> 32) AS bytes_high, sum(bytes & 4294967295) AS bytes_low
  FROM usage_history GROUP BY bucket_id, at_ms
) AS sums ON sums.bucket_id = moment.bucket_id AND sums.at_ms = moment.at_ms;

INSERT INTO setting (name, value) VALUES ('history_depth', '2'), ('history_prefixes', '10000');
