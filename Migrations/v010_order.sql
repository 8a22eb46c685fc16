-- Whether a crawl can be taken up where it was interrupted, and its keys cut the next one.
--
-- 0: the server's listing was in no order, and sorted here before it was stored. What follows a key in
-- the index is then not what the server lists after it.
ALTER TABLE crawl ADD COLUMN ordered INTEGER NOT NULL DEFAULT 1 CHECK (ordered IN (0, 1));
