-- migrate:up
-- Places that Radarr, Sonarr and Seerr post to.
CREATE TABLE webhook_sources (
    id               uuid        PRIMARY KEY,
    name             text        NOT NULL,
    kind             text        NOT NULL CHECK (kind IN ('RADARR', 'SONARR', 'SEERR')),
    proof            text        NOT NULL CHECK (proof IN ('SECRET', 'HMAC')),
    -- SHA-256 of the secret.
    secret_hash      bytea       NOT NULL CHECK (octet_length(secret_hash) = 32),
    -- The secret of one who signs, which takes the secret itself to verify.
    secret_sealed    bytea       CHECK ((secret_sealed IS NOT NULL) = (proof = 'HMAC')),
    created_at       timestamptz NOT NULL,
    last_delivery_at timestamptz
);

CREATE INDEX webhook_sources_by_age ON webhook_sources (created_at, id);

-- What was posted there: stored before it is answered, and its own queue.
CREATE TABLE webhook_deliveries (
    id           uuid        PRIMARY KEY,
    source_id    uuid        NOT NULL REFERENCES webhook_sources (id) ON DELETE CASCADE,
    received_at  timestamptz NOT NULL,
    digest       bytea       NOT NULL CHECK (octet_length(digest) = 32),
    content_type text        NOT NULL,
    payload      bytea       NOT NULL CHECK (octet_length(payload) <= 262144),
    state        text        NOT NULL DEFAULT 'WAITING'
                 CHECK (state IN ('WAITING', 'DONE', 'PASSED_OVER', 'UNREADABLE',
                                  'FAILED')),
    -- While it waits: when it is to be worked off, or is somebody's no more.
    due_at       timestamptz CHECK ((due_at IS NOT NULL) = (state = 'WAITING')),
    -- Begun, and not ended, since it became due.
    begun        integer     NOT NULL DEFAULT 0,
    -- How often it was worked off.
    looked       integer     NOT NULL DEFAULT 0,
    -- All beginnings.
    attempts     integer     NOT NULL DEFAULT 0,
    -- The same, which came again and was not stored.
    repeats      integer     NOT NULL DEFAULT 0,
    event        text        NOT NULL DEFAULT '',
    outcome      text        NOT NULL DEFAULT '',
    message      text        NOT NULL DEFAULT '',
    title_id     uuid        REFERENCES titles (id) ON DELETE SET NULL
);

CREATE INDEX webhook_deliveries_newest
    ON webhook_deliveries (source_id, received_at, id);
CREATE INDEX webhook_deliveries_same ON webhook_deliveries (source_id, digest);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (due_at)
 WHERE state = 'WAITING';
CREATE INDEX webhook_deliveries_by_title ON webhook_deliveries (title_id)
 WHERE title_id IS NOT NULL;

-- migrate:down
DROP TABLE webhook_deliveries;
DROP TABLE webhook_sources;
