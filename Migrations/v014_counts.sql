-- Noncurrent versions and delete markers that a sync listed; NULL: it listed objects alone, or was before
-- they were counted.
ALTER TABLE sync_crawl ADD COLUMN versions INTEGER;
