-- migrate:up
-- Of which comment it tells. What that says is read when it is told: what was deleted
-- since is told without.
ALTER TABLE notifications ADD COLUMN comment_id uuid;
ALTER TABLE held_news ADD COLUMN comment_id uuid;

-- migrate:down
ALTER TABLE held_news DROP COLUMN comment_id;
ALTER TABLE notifications DROP COLUMN comment_id;
