-- migrate:up
ALTER TABLE requests
    ALTER COLUMN title_id DROP NOT NULL,
    ADD COLUMN is_4k        boolean   NOT NULL DEFAULT false,
    -- Single ones, ascending, each season * 100,000 + episode: so that they are
    -- compared as seasons are.
    ADD COLUMN episodes     integer[] NOT NULL DEFAULT '{}',
    -- Of a series: nothing of what was aired when it was asked for.
    ADD COLUMN future_only  boolean   NOT NULL DEFAULT false,
    -- What is asked for, where it is no title.
    ADD COLUMN words        text      NOT NULL DEFAULT '',
    -- Who asked for somebody else. Empty: the requester did.
    ADD COLUMN asked_by     text      NOT NULL DEFAULT '',
    -- As far as somebody chose how to get it.
    ADD COLUMN fulfiller_id uuid,
    ADD COLUMN profile_id   integer   NOT NULL DEFAULT 0,
    ADD COLUMN folder       text      NOT NULL DEFAULT '',
    ADD COLUMN tags         text[]    NOT NULL DEFAULT '{}',
    -- Why it could not be got, in the words of who could not.
    ADD COLUMN failure      text      NOT NULL DEFAULT '',
    -- Kept with request_followers, so that a list looks there for few of its rows.
    ADD COLUMN followers    integer   NOT NULL DEFAULT 0 CHECK (followers >= 0),
    -- The title's; empty of words. A list is narrowed by it.
    ADD COLUMN kind         text      NOT NULL DEFAULT ''
               CHECK (kind IN ('', 'movie', 'series')),
     ADD CONSTRAINT requests_kind_of_title_check
         CHECK (kind = '' OR title_id IS NOT NULL),
     DROP CONSTRAINT requests_state_check,
     DROP CONSTRAINT requests_check1,
     ADD CONSTRAINT requests_state_check
         CHECK (state IN ('PENDING', 'APPROVED', 'DECLINED', 'CANCELED', 'AVAILABLE',
                          'FAILED')),
     ADD CONSTRAINT requests_reason_check
         CHECK (decline_reason = '' OR state = 'DECLINED'),
     ADD CONSTRAINT requests_failure_check CHECK (failure = '' OR state = 'FAILED'),
     ADD CONSTRAINT requests_words_check
         CHECK ((title_id IS NULL) = (words <> '') AND length(words) <= 500),
     ADD CONSTRAINT requests_episodes_check CHECK (cardinality(episodes) <= 200),
     ADD CONSTRAINT requests_future_check
         CHECK (NOT future_only
                OR cardinality(seasons) = 0 AND cardinality(episodes) = 0);

UPDATE requests SET kind = titles.kind FROM titles WHERE titles.id = requests.title_id;

-- Who waits for a request that somebody else made.
CREATE TABLE request_followers (
    request_id uuid        NOT NULL REFERENCES requests (id),
    user_id    text        NOT NULL REFERENCES requesters (user_id),
    since      timestamptz NOT NULL,
    -- The request's created_at, which does not change: the followed are listed by it.
    asked_at   timestamptz NOT NULL,
    PRIMARY KEY (request_id, user_id)
);

CREATE INDEX request_followers_newest
    ON request_followers (user_id, asked_at, request_id);

-- Several may wait for one title: for other seasons, or in 4K. Who asks holds the
-- title meanwhile (store/wishes.py), and so no two wait for the same.
DROP INDEX requests_one_open_per_title;
CREATE INDEX requests_waiting ON requests (title_id, created_at, id)
 WHERE state IN ('PENDING', 'APPROVED', 'FAILED');
CREATE INDEX requests_newest_by_title ON requests (title_id, created_at, id);
CREATE INDEX requests_newest_by_kind ON requests (kind, created_at, id);
CREATE INDEX requests_newest_by_kind_and_state
    ON requests (kind, state, created_at, id);
CREATE INDEX requests_newest_in_4k ON requests (created_at, id) WHERE is_4k;

-- Whether what is asked for is there: something of the title, each season that was
-- named, each episode. What was asked for in 4K is there in 4K only. Of future
-- episodes the first is enough: one that came to the shelf since, and that was not
-- aired before, or, where nobody knows its day, stands behind all that were there.
DROP FUNCTION is_on_shelf;
CREATE FUNCTION is_on_shelf(asked_title uuid, asked_seasons integer[],
                            asked_episodes integer[], asked_4k boolean,
                            asked_future boolean, asked_at timestamptz)
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

-- migrate:down
-- Of what this version did not know, nothing can stay: words go, what failed was
-- declined, and of several that wait for a title the first goes on waiting.
DELETE FROM request_followers;
DELETE FROM request_history
 WHERE request_id IN (SELECT id FROM requests WHERE title_id IS NULL);
DELETE FROM requests WHERE title_id IS NULL;
UPDATE requests SET state = 'DECLINED', failure = '' WHERE state = 'FAILED';
UPDATE requests
   SET state = 'CANCELED'
 WHERE state IN ('PENDING', 'APPROVED')
   AND EXISTS (SELECT FROM requests AS first
                WHERE first.title_id = requests.title_id
                  AND first.state IN ('PENDING', 'APPROVED')
                  AND (first.created_at, first.id)
                      < (requests.created_at, requests.id));

DROP FUNCTION is_on_shelf;
CREATE FUNCTION is_on_shelf(asked_title uuid, asked_seasons integer[])
RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF cardinality(asked_seasons) = 0 THEN
        RETURN EXISTS (
            SELECT FROM items
             WHERE title_id = asked_title AND state = 'OK');
    END IF;
    RETURN NOT EXISTS (
        SELECT FROM unnest(asked_seasons) AS asked (season)
         WHERE NOT EXISTS (
            SELECT FROM items
             WHERE items.title_id = asked_title
               AND items.season = asked.season
               AND items.episode > 0
               AND items.state = 'OK'));
END
$$;

DROP INDEX requests_newest_in_4k;
DROP INDEX requests_newest_by_kind_and_state;
DROP INDEX requests_newest_by_kind;
DROP INDEX requests_newest_by_title;
DROP INDEX requests_waiting;
CREATE UNIQUE INDEX requests_one_open_per_title ON requests (title_id)
 WHERE state IN ('PENDING', 'APPROVED');
DROP TABLE request_followers;

ALTER TABLE requests
    DROP CONSTRAINT requests_state_check,
    DROP CONSTRAINT requests_reason_check,
    DROP COLUMN is_4k,
    DROP COLUMN episodes,
    DROP COLUMN future_only,
    DROP COLUMN words,
    DROP COLUMN asked_by,
    DROP COLUMN fulfiller_id,
    DROP COLUMN profile_id,
    DROP COLUMN folder,
    DROP COLUMN tags,
    DROP COLUMN failure,
    DROP COLUMN followers,
    DROP COLUMN kind,
    ALTER COLUMN title_id SET NOT NULL,
     ADD CONSTRAINT requests_state_check
         CHECK (state IN ('PENDING', 'APPROVED', 'DECLINED', 'CANCELED', 'AVAILABLE')),
     ADD CONSTRAINT requests_check1 CHECK (decline_reason = '' OR state = 'DECLINED');
