-- Objects of buckets that never had versioning have the version id `null`, and store none.
--
-- object.version_id is NULL where nobody said anything of this object in particular, and '' where an
-- id that was known has become doubtful.

-- The id of an object without one of its own that was written before this moment is 'null': versioning
-- had never been on when it was listed. NULL: that is not known of any.
ALTER TABLE bucket ADD COLUMN null_ids_before_ms INTEGER;
