-- migrate:up
CREATE TABLE titles (
    id                uuid             PRIMARY KEY,
    -- What the title is called where it came from: tmdb:movie:603.
    origin_key        text             NOT NULL UNIQUE CHECK (origin_key <> ''),
    kind              text             NOT NULL CHECK (kind IN ('movie', 'series')),
    name              text             NOT NULL CHECK (name <> ''),
    original_name     text             NOT NULL DEFAULT '',
    -- Of first release; NULL when unknown.
    year              integer          CHECK (year BETWEEN 1800 AND 2200),
    overview          text             NOT NULL DEFAULT '',
    genres            text[]           NOT NULL DEFAULT '{}',
    cast_names        text[]           NOT NULL DEFAULT '{}',
    -- NULL when unknown.
    runtime_minutes   integer          CHECK (runtime_minutes > 0),
    popularity        double precision NOT NULL DEFAULT 0 CHECK (popularity >= 0),
    vote_average      double precision NOT NULL DEFAULT 0
                      CHECK (vote_average BETWEEN 0 AND 10),
    vote_count        integer          NOT NULL DEFAULT 0 CHECK (vote_count >= 0),
    poster_path       text             NOT NULL DEFAULT '',
    tmdb_id           integer,
    imdb_id           text             NOT NULL DEFAULT '',
    tvdb_id           integer,
    original_language text             NOT NULL DEFAULT '',
    -- When it last changed.
    imported_at       timestamptz      NOT NULL,
    -- The names as domain/names.py reduces them: `key` is the words in order,
    -- without accents, signs and articles; `words` is what a search may hit.
    name_key          text             NOT NULL,
    name_words        text[]           NOT NULL,
    original_key      text             NOT NULL,
    original_words    text[]           NOT NULL,
    -- How well known it is: what orders equally good matches. Series without a
    -- count of votes stand by their rating.
    standing          real             NOT NULL GENERATED ALWAYS AS (
        (ln(1 + popularity)
        + CASE WHEN vote_count > 0 THEN ln(1 + vote_count) ELSE vote_average END)::real
    ) STORED
);

CREATE INDEX titles_by_name_key ON titles (name_key, kind);
CREATE INDEX titles_by_original_key ON titles (original_key, kind)
 WHERE original_key <> '';
CREATE INDEX titles_by_tmdb_id ON titles (tmdb_id, kind) WHERE tmdb_id IS NOT NULL;
CREATE INDEX titles_by_imdb_id ON titles (imdb_id) WHERE imdb_id <> '';
CREATE INDEX titles_by_tvdb_id ON titles (tvdb_id) WHERE tvdb_id IS NOT NULL;

-- One row, which every import raises in its transaction: it makes imports take turns,
-- and tells who searches a copy whether the copy is of now.
CREATE TABLE catalog_version (
    is_the_only_one boolean PRIMARY KEY DEFAULT true CHECK (is_the_only_one),
    version         bigint  NOT NULL
);

INSERT INTO catalog_version (version) VALUES (0);

-- migrate:down
DROP TABLE catalog_version;
DROP TABLE titles;
