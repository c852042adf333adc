-- migrate:up
-- Whether its author waited for what it is about, or had reported it. Who did not, sees
-- everybody's; who did may cease to wait, and sees it no more.
ALTER TABLE comments ADD COLUMN is_owners boolean NOT NULL DEFAULT false;

-- migrate:down
ALTER TABLE comments DROP COLUMN is_owners;
