-- migrate:up
-- The Radarrs and Sonarrs that get what is requested.
CREATE TABLE fulfillers (
    id               uuid PRIMARY KEY,
    name             text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    kind             text NOT NULL CHECK (kind IN ('radarr', 'sonarr')),
    address          text NOT NULL CHECK (length(address) <= 500),
    key_sealed       bytea NOT NULL,
    is_4k            boolean NOT NULL,
    is_default       boolean NOT NULL,
    is_anime         boolean NOT NULL,
    is_enabled       boolean NOT NULL,
    profile_id       integer NOT NULL CHECK (profile_id > 0),
    folder           text NOT NULL CHECK (length(folder) BETWEEN 1 AND 1000),
    tags             text[] NOT NULL,
    -- Of anime. What is empty is as for all else.
    anime_profile_id integer NOT NULL CHECK (anime_profile_id >= 0),
    anime_folder     text NOT NULL CHECK (length(anime_folder) <= 1000),
    anime_tags       text[] NOT NULL,
    created_at       timestamptz NOT NULL,
    version          integer NOT NULL DEFAULT 1
);

CREATE UNIQUE INDEX fulfillers_one_default ON fulfillers (kind, is_4k)
 WHERE is_default;
CREATE UNIQUE INDEX fulfillers_one_for_anime ON fulfillers (kind, is_4k)
 WHERE is_anime;
CREATE INDEX fulfillers_by_age ON fulfillers (created_at, id);

-- migrate:down
DROP TABLE fulfillers;
