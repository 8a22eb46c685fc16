-- The journal learns in which storage class an object was and is.
--
-- An object that moves from STANDARD to GLACIER keeps its size: without both classes the journal says nothing
-- of it. Rows from before have neither, and nobody can tell them any more.
ALTER TABLE object_change ADD COLUMN class_before_id INTEGER;  -- NULL: it was not there, or is not known
ALTER TABLE object_change ADD COLUMN class_after_id INTEGER;   -- NULL: it is gone, or is not known
