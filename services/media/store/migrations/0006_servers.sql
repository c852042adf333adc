-- migrate:up
-- A source is a folder or a media server. `path` is where it is: of a server, its
-- address, which no folder has.
ALTER TABLE sources
  ADD COLUMN kind            text      NOT NULL DEFAULT 'folder'
             CHECK (kind IN ('folder', 'plex', 'jellyfin', 'emby')),
  -- By kit.sealing, for the place `source {id}`.
  ADD COLUMN token_sealed    bytea,
  -- The server's own names of the libraries that are wanted. None: all.
  ADD COLUMN library_keys    text[]      NOT NULL DEFAULT '{}',
  ADD COLUMN machine_id      text        NOT NULL DEFAULT '',
  ADD COLUMN server_name     text        NOT NULL DEFAULT '',
  ADD COLUMN server_version  text        NOT NULL DEFAULT '',
  ADD COLUMN priority        integer     NOT NULL DEFAULT 0
             CHECK (priority BETWEEN -1000 AND 1000),
  ADD COLUMN version         integer     NOT NULL DEFAULT 1 CHECK (version > 0),
  -- The full read that is under way. It outlives the one who reads.
  ADD COLUMN round_id        uuid,
  ADD COLUMN round_items     integer     NOT NULL DEFAULT 0,
  ADD COLUMN full_read_at    timestamptz,
  ADD COLUMN read_count      integer     NOT NULL DEFAULT 0,
  ADD COLUMN total_count     integer     NOT NULL DEFAULT 0,
  -- Items that wait to be forgotten, and how many somebody said may be.
  ADD COLUMN missing_count   integer     NOT NULL DEFAULT 0 CHECK (missing_count >= 0),
  ADD COLUMN confirmed_count integer     NOT NULL DEFAULT 0,
  ADD CONSTRAINT sources_servers_have_a_token
      CHECK ((kind = 'folder') = (token_sealed IS NULL));

-- The same server at two addresses would be all its copies twice.
CREATE UNIQUE INDEX sources_one_per_server ON sources (kind, machine_id)
 WHERE kind <> 'folder';

-- A server's library: `folder` is its key.
ALTER TABLE libraries
  -- The round in which it was read to its end.
  ADD COLUMN read_in         uuid,
  -- What changed on the server until then has been read.
  ADD COLUMN changed_through timestamptz;

-- A server's item: `file` is its key.
ALTER TABLE items
  ADD COLUMN episode_name    text    NOT NULL DEFAULT '',
  ADD COLUMN hdr             text    NOT NULL DEFAULT '',
  ADD COLUMN audio_channels  real    NOT NULL DEFAULT 0,
  ADD COLUMN audio_languages text[]  NOT NULL DEFAULT '{}',
  ADD COLUMN bitrate_kbps    integer NOT NULL DEFAULT 0,
  -- Where its picture is on the server.
  ADD COLUMN poster          text    NOT NULL DEFAULT '',
  -- Of all that the server says of it.
  ADD COLUMN digest          bytea   NOT NULL DEFAULT '';

-- What the round that is under way has seen. An item that two libraries show at the
-- time of two reads has moved: it is seen twice, and once per library.
CREATE TABLE seen_items (
    source_id  uuid  NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    file       bytea NOT NULL,
    library_id uuid  NOT NULL REFERENCES libraries (id) ON DELETE CASCADE,
    PRIMARY KEY (source_id, file, library_id)
);

CREATE INDEX seen_items_by_library ON seen_items (library_id);

-- As before, and an item may move to another library.
CREATE OR REPLACE FUNCTION count_items() RETURNS trigger LANGUAGE plpgsql AS $$
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
           SET item_count = item_count + step.items,
               flagged_count = flagged_count + step.flagged
          FROM (SELECT library_id, sum(one) AS items, sum(flag) AS flagged
                  FROM (SELECT library_id, 1 AS one,
                               is_flagged(state, kind, title_id)::integer AS flag
                          FROM new_rows
                         UNION ALL
                        SELECT library_id, -1,
                               -is_flagged(state, kind, title_id)::integer
                          FROM old_rows) AS ones
                 GROUP BY library_id
                HAVING sum(one) <> 0 OR sum(flag) <> 0) AS step
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

-- migrate:down
DROP TABLE seen_items;
DELETE FROM sources WHERE kind <> 'folder';
ALTER TABLE items
 DROP COLUMN episode_name,
 DROP COLUMN hdr,
 DROP COLUMN audio_channels,
 DROP COLUMN audio_languages,
 DROP COLUMN bitrate_kbps,
 DROP COLUMN poster,
 DROP COLUMN digest;
ALTER TABLE libraries
 DROP COLUMN read_in,
 DROP COLUMN changed_through;
DROP INDEX sources_one_per_server;
ALTER TABLE sources
 DROP CONSTRAINT sources_servers_have_a_token,
 DROP COLUMN kind,
 DROP COLUMN token_sealed,
 DROP COLUMN library_keys,
 DROP COLUMN machine_id,
 DROP COLUMN server_name,
 DROP COLUMN server_version,
 DROP COLUMN priority,
 DROP COLUMN version,
 DROP COLUMN round_id,
 DROP COLUMN round_items,
 DROP COLUMN full_read_at,
 DROP COLUMN read_count,
 DROP COLUMN total_count,
 DROP COLUMN missing_count,
 DROP COLUMN confirmed_count;
CREATE OR REPLACE FUNCTION count_items() RETURNS trigger LANGUAGE plpgsql AS $$
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
