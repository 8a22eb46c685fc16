-- Keys that cut a bucket into parts of about the same size, so that the next crawl can list it side by
-- side from its first request without reading the objects for it.

-- Noted while a crawl goes on: objects is how many its range had listed up to this key.
CREATE TABLE crawl_mark (
  crawl_id INTEGER NOT NULL REFERENCES crawl (id) ON DELETE CASCADE,
  key TEXT NOT NULL,
  objects INTEGER NOT NULL,
  PRIMARY KEY (crawl_id, key)
) STRICT, WITHOUT ROWID;

-- Kept of the last complete crawl: objects is how many there are after the mark before and up to this.
CREATE TABLE bucket_mark (
  bucket_id INTEGER NOT NULL,
  key TEXT NOT NULL,
  objects INTEGER NOT NULL,
  PRIMARY KEY (bucket_id, key)
) STRICT, WITHOUT ROWID;
