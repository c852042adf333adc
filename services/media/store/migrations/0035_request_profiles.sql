-- migrate:up
CREATE TABLE request_profiles (
    id           uuid        PRIMARY KEY,
    name         text        NOT NULL CHECK (name <> '' AND length(name) <= 100),
    kind         text        NOT NULL CHECK (kind IN ('movie', 'series')),
    -- Choices. Whose id it is may be gone by now.
    fulfiller_id uuid,
    profile_id   integer     NOT NULL CHECK (profile_id >= 0),
    folder       text        NOT NULL,
    tags         text[]      NOT NULL,
    -- Who may choose it. Both empty: everybody.
    roles        text[]      NOT NULL,
    user_ids     text[]      NOT NULL,
    rank         integer     NOT NULL CHECK (rank BETWEEN 0 AND 1000),
    created_at   timestamptz NOT NULL,
    version      integer     NOT NULL DEFAULT 1 CHECK (version > 0)
);

CREATE UNIQUE INDEX request_profiles_by_name ON request_profiles (kind, lower(name));

-- migrate:down
DROP TABLE request_profiles;
