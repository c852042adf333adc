-- migrate:up
-- Grows by one with each change that somebody makes; a check does not touch it.
ALTER TABLE monitors
  ADD COLUMN version integer NOT NULL DEFAULT 1 CHECK (version > 0);

-- migrate:down
ALTER TABLE monitors
 DROP COLUMN version;
