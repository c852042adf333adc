-- migrate:up
-- Until then nobody is believed what they may do: they may have been signed before auth
-- changed it.
ALTER TABLE plex_watchlists ADD COLUMN doubted_until timestamptz;

-- migrate:down
ALTER TABLE plex_watchlists DROP COLUMN doubted_until;
