-- migrate:up
-- One at a time for each user: a new one takes the place of the one before.
CREATE TABLE password_resets (
    user_id      uuid        PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    token_sha256 bytea       NOT NULL UNIQUE CHECK (octet_length(token_sha256) = 32),
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL CHECK (expires_at > created_at),
    -- Nobody comes in on the word of somebody who was removed.
    created_by   uuid        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT password_resets_of_others_check CHECK (created_by <> user_id)
);

CREATE INDEX password_resets_by_issuer ON password_resets (created_by);

-- migrate:down
DROP TABLE password_resets;
