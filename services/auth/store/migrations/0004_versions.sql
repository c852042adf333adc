-- migrate:up
-- Grows by one with each change.
ALTER TABLE users
  ADD COLUMN version integer NOT NULL DEFAULT 1 CHECK (version > 0);

-- migrate:down
ALTER TABLE users
 DROP COLUMN version;
