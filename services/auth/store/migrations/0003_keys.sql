-- migrate:up
CREATE TABLE api_keys (
    id            uuid        PRIMARY KEY,
    user_id       uuid        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name          text        NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
    prefix        text        NOT NULL CHECK (length(prefix) = 7),
    secret_sha256 bytea       NOT NULL UNIQUE CHECK (octet_length(secret_sha256) = 32),
    -- A word of bits; 0 is all that the user may do.
    scope         bigint      NOT NULL CHECK (scope >= 0),
    created_at    timestamptz NOT NULL,
    expires_at    timestamptz CHECK (expires_at > created_at)
);

CREATE INDEX api_keys_by_user ON api_keys (user_id, id);

-- migrate:down
DROP TABLE api_keys;
