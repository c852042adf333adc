-- migrate:up
CREATE TABLE sources (
    id           uuid        PRIMARY KEY,
    name         text        NOT NULL CHECK (name <> ''),
    path         text        NOT NULL CONSTRAINT sources_one_per_path UNIQUE,
    -- What the last scan found; NEW until there was one.
    state        text        NOT NULL DEFAULT 'NEW'
                 CHECK (state IN ('NEW', 'READY', 'UNREACHABLE')),
    detail       text        NOT NULL DEFAULT '',
    created_at   timestamptz NOT NULL,
    scanned_at   timestamptz,
    -- When somebody asked for a scan that has not been done yet.
    asked_at     timestamptz,
    due_at       timestamptz NOT NULL,
    -- The scan that runs, unless its lease has ended. Its writes are good only as
    -- long as its id stands here.
    scan_id      uuid,
    claimed_at   timestamptz,
    leased_until timestamptz,
    -- The Postgres process that wrote for it last.
    held_by      integer,
    -- What is unmatched was last compared with the catalogue as it was then.
    matched_at   timestamptz NOT NULL DEFAULT '-infinity',
    CHECK ((scan_id IS NULL) = (leased_until IS NULL))
);

CREATE INDEX sources_by_age ON sources (created_at, id);

CREATE TABLE libraries (
    id            uuid    PRIMARY KEY,
    source_id     uuid    NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    -- The folder's name as the disk has it; empty for files in the source itself.
    folder        bytea   NOT NULL,
    name          text    NOT NULL,
    -- The disk that it was on: an empty folder on another one is not mounted.
    device        text    NOT NULL,
    item_count    integer NOT NULL DEFAULT 0 CHECK (item_count >= 0),
    flagged_count integer NOT NULL DEFAULT 0 CHECK (flagged_count >= 0),
    UNIQUE (source_id, folder)
);

CREATE INDEX libraries_by_name ON libraries (name COLLATE "C", id);

CREATE TABLE items (
    id            uuid             PRIMARY KEY,
    source_id     uuid             NOT NULL,
    library_id    uuid             NOT NULL REFERENCES libraries (id)
                                   ON DELETE CASCADE,
    -- The path within the source as the disk has it, which need not be text.
    file          bytea            NOT NULL
                                   CHECK (octet_length(file) BETWEEN 1 AND 2000),
    path          text             NOT NULL,
    size_bytes    bigint           NOT NULL,
    modified_ns   bigint           NOT NULL,
    -- When to read it again though it has not changed: it could not be opened.
    look_again_at timestamptz,
    -- The scan that did not see it. It goes when that scan saw all there is.
    gone_in       uuid,
    state         text             NOT NULL
                                   CHECK (state IN ('OK', 'EMPTY', 'CORRUPT')),
    detail        text             NOT NULL,
    kind          text             NOT NULL
                                   CHECK (kind IN ('movie', 'series', 'music')),
    parsed_name   text             NOT NULL,
    other_names   text[]           NOT NULL,
    -- 0 in these: the name does not say.
    parsed_year   integer          NOT NULL,
    season        integer          NOT NULL,
    episode       integer          NOT NULL,
    tmdb_id       integer          NOT NULL,
    tvdb_id       integer          NOT NULL,
    imdb_id       text             NOT NULL,
    title_id      uuid             REFERENCES titles (id) ON DELETE SET NULL,
    -- 0 to 1, of the match with the title.
    confidence    real             NOT NULL CHECK (confidence BETWEEN 0 AND 1),
    duration_s    double precision NOT NULL,
    width         integer          NOT NULL,
    height        integer          NOT NULL,
    video_codec   text             NOT NULL,
    audio_codec   text             NOT NULL,
    added_at      timestamptz      NOT NULL,
    UNIQUE (source_id, file)
);

CREATE INDEX items_newest ON items (library_id, added_at, id);
CREATE INDEX items_by_title ON items (title_id, season, episode)
 WHERE title_id IS NOT NULL;
CREATE INDEX items_unmatched ON items (source_id, id)
 WHERE title_id IS NULL AND kind <> 'music';
CREATE INDEX items_gone ON items (source_id, gone_in) WHERE gone_in IS NOT NULL;

-- What was imported since is compared with what is unmatched.
CREATE INDEX titles_by_import ON titles (imported_at);

-- Music has no title that it could be matched to.
CREATE FUNCTION is_flagged(state text, kind text, title_id uuid) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN state <> 'OK' OR (kind <> 'music' AND title_id IS NULL);

-- The counts of a library are kept with its items, once per statement. Only the scan
-- that has the library's source writes items, so nobody waits for anybody.
CREATE FUNCTION count_items() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        UPDATE libraries
           SET item_count = item_count + step.items,
               flagged_count = flagged_count + step.flagged
          FROM (SELECT library_id, count(id) AS items,
                       count(id) FILTER (WHERE is_flagged(state, kind, title_id))
                           AS flagged
                  FROM new_rows
                 GROUP BY library_id) AS step
         WHERE libraries.id = step.library_id;
    ELSIF TG_OP = 'UPDATE' THEN
        UPDATE libraries
           SET flagged_count = flagged_count + step.flagged
          FROM (SELECT library_id, sum(one) AS flagged
                  FROM (SELECT library_id, 1 AS one FROM new_rows
                         WHERE is_flagged(state, kind, title_id)
                         UNION ALL
                        SELECT library_id, -1 FROM old_rows
                         WHERE is_flagged(state, kind, title_id)) AS ones
                 GROUP BY library_id
                HAVING sum(one) <> 0) AS step
         WHERE libraries.id = step.library_id;
    ELSE
        UPDATE libraries
           SET item_count = item_count - step.items,
               flagged_count = flagged_count - step.flagged
          FROM (SELECT library_id, count(id) AS items,
                       count(id) FILTER (WHERE is_flagged(state, kind, title_id))
                           AS flagged
                  FROM old_rows
                 GROUP BY library_id) AS step
         WHERE libraries.id = step.library_id;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER items_counted_in AFTER INSERT ON items
   REFERENCING NEW TABLE AS new_rows
   FOR EACH STATEMENT EXECUTE FUNCTION count_items();

CREATE TRIGGER items_counted_over AFTER UPDATE ON items
   REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
   FOR EACH STATEMENT EXECUTE FUNCTION count_items();

CREATE TRIGGER items_counted_out AFTER DELETE ON items
   REFERENCING OLD TABLE AS old_rows
   FOR EACH STATEMENT EXECUTE FUNCTION count_items();

-- migrate:down
DROP TABLE items;
DROP TABLE libraries;
DROP TABLE sources;
DROP FUNCTION count_items;
DROP INDEX titles_by_import;
DROP FUNCTION is_flagged;
