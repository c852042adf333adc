-- migrate:up
-- How many episodes of each season were on the air, as a provider told last. Of what is
-- on the shelf, or requested; where nobody told, there is no row.
CREATE TABLE season_sizes (
    title_id uuid    NOT NULL REFERENCES release_watches (title_id) ON DELETE CASCADE,
    -- 0 is for specials.
    season   integer NOT NULL CHECK (season >= 0),
    aired    integer NOT NULL CHECK (aired >= 0),
    PRIMARY KEY (title_id, season)
);

-- To be told of them, what is ours is asked for soon.
UPDATE release_watches SET due_at = least(due_at, now()) WHERE is_ours;

-- Whether a season is there: as many of its episodes as were on the air, and one where
-- nobody knows how many those are. Counted, since providers number them differently.
CREATE FUNCTION is_season_on_shelf(asked_title uuid, asked_season integer,
                                   least_resolution integer)
RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT count(DISTINCT items.episode) >= greatest(1, coalesce(max(sizes.aired), 1))
      FROM items
      LEFT JOIN season_sizes AS sizes
        ON sizes.title_id = asked_title AND sizes.season = asked_season
     WHERE items.title_id = asked_title
       AND items.season = asked_season
       AND items.episode > 0
       AND items.state = 'OK'
       AND items.resolution >= least_resolution
$$;

-- Whether what is asked for is there: the film, or of a series all seasons that have been
-- on the air, each season that was named, each episode. What was asked for in 4K is
-- there in 4K only. Of future episodes the first is enough: one that came to the shelf
-- since, and that was not aired before, or, where nobody knows its day, stands behind
-- all that were there.
CREATE OR REPLACE FUNCTION is_on_shelf(
    asked_title uuid, asked_seasons integer[], asked_episodes integer[],
    asked_4k boolean, asked_future boolean, asked_at timestamptz)
RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
    least integer := CASE WHEN asked_4k THEN 2160 ELSE 0 END;
    wanted integer[] := asked_seasons;
BEGIN
    IF asked_future THEN
        RETURN EXISTS (
            SELECT FROM items
              LEFT JOIN releases
                ON releases.title_id = asked_title
               AND releases.kind = 'episode'
               AND releases.season = items.season
               AND releases.episode = items.episode
             WHERE items.title_id = asked_title AND items.state = 'OK'
               AND items.episode > 0 AND items.resolution >= least
               AND items.added_at > asked_at
               AND CASE WHEN releases.day IS NOT NULL
                        THEN releases.day >= (asked_at AT TIME ZONE 'UTC')::date
                        ELSE NOT EXISTS (
                            SELECT FROM items AS older
                             WHERE older.title_id = asked_title
                               AND older.state = 'OK'
                               AND older.added_at <= asked_at
                               AND (older.season, older.episode)
                                   >= (items.season, items.episode)) END);
    END IF;
    IF cardinality(asked_seasons) = 0 AND cardinality(asked_episodes) = 0 THEN
        wanted := ARRAY(SELECT season
                          FROM season_sizes
                         WHERE title_id = asked_title AND season > 0 AND aired > 0);
        IF cardinality(wanted) = 0 THEN
            RETURN EXISTS (
                SELECT FROM items
                 WHERE title_id = asked_title AND state = 'OK' AND resolution >= least);
        END IF;
    END IF;
    RETURN NOT EXISTS (
        SELECT FROM unnest(wanted) AS asked (season)
         WHERE NOT is_season_on_shelf(asked_title, asked.season, least))
       AND NOT EXISTS (
        SELECT FROM unnest(asked_episodes) AS asked (place)
         WHERE NOT EXISTS (
            SELECT FROM items
             WHERE items.title_id = asked_title
               AND items.season = asked.place / 100000
               AND items.episode = asked.place % 100000
               AND items.state = 'OK'
               AND items.resolution >= least));
END
$$;

-- migrate:down
CREATE OR REPLACE FUNCTION is_on_shelf(
    asked_title uuid, asked_seasons integer[], asked_episodes integer[],
    asked_4k boolean, asked_future boolean, asked_at timestamptz)
RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
    least integer := CASE WHEN asked_4k THEN 2160 ELSE 0 END;
BEGIN
    IF asked_future THEN
        RETURN EXISTS (
            SELECT FROM items
              LEFT JOIN releases
                ON releases.title_id = asked_title
               AND releases.kind = 'episode'
               AND releases.season = items.season
               AND releases.episode = items.episode
             WHERE items.title_id = asked_title AND items.state = 'OK'
               AND items.episode > 0 AND items.resolution >= least
               AND items.added_at > asked_at
               AND CASE WHEN releases.day IS NOT NULL
                        THEN releases.day >= (asked_at AT TIME ZONE 'UTC')::date
                        ELSE NOT EXISTS (
                            SELECT FROM items AS older
                             WHERE older.title_id = asked_title
                               AND older.state = 'OK'
                               AND older.added_at <= asked_at
                               AND (older.season, older.episode)
                                   >= (items.season, items.episode)) END);
    END IF;
    IF cardinality(asked_seasons) = 0 AND cardinality(asked_episodes) = 0 THEN
        RETURN EXISTS (
            SELECT FROM items
             WHERE title_id = asked_title AND state = 'OK' AND resolution >= least);
    END IF;
    RETURN NOT EXISTS (
        SELECT FROM unnest(asked_seasons) AS asked (season)
         WHERE NOT EXISTS (
            SELECT FROM items
             WHERE items.title_id = asked_title
               AND items.season = asked.season
               AND items.episode > 0
               AND items.state = 'OK'
               AND items.resolution >= least))
       AND NOT EXISTS (
        SELECT FROM unnest(asked_episodes) AS asked (place)
         WHERE NOT EXISTS (
            SELECT FROM items
             WHERE items.title_id = asked_title
               AND items.season = asked.place / 100000
               AND items.episode = asked.place % 100000
               AND items.state = 'OK'
               AND items.resolution >= least));
END
$$;

DROP FUNCTION is_season_on_shelf;
DROP TABLE season_sizes;
