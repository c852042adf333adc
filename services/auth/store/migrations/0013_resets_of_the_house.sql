-- migrate:up
-- Null: made with the house's own keys, for its owner.
ALTER TABLE password_resets ALTER COLUMN created_by DROP NOT NULL;

-- migrate:down
DELETE FROM password_resets WHERE created_by IS NULL;
ALTER TABLE password_resets ALTER COLUMN created_by SET NOT NULL;
