-- migrate:up
ALTER TABLE api_keys
  ADD COLUMN last_used_at timestamptz;
ALTER TABLE invites
  ADD COLUMN library_ids uuid[] NOT NULL DEFAULT '{}',
  ADD CONSTRAINT invites_library_ids_check CHECK (cardinality(library_ids) <= 50);

-- migrate:down
ALTER TABLE invites
 DROP COLUMN library_ids;
ALTER TABLE api_keys
 DROP COLUMN last_used_at;
