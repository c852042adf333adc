-- migrate:up
-- Grows by one with each decision that somebody takes; the shelf does not touch it.
ALTER TABLE requests
  ADD COLUMN version integer NOT NULL DEFAULT 1 CHECK (version > 0);

-- migrate:down
ALTER TABLE requests
 DROP COLUMN version;
