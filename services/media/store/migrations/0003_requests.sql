-- migrate:up
-- Who asked for something, with the name that they had when they last did.
CREATE TABLE requesters (
    user_id text PRIMARY KEY,
    name    text NOT NULL
);

CREATE TABLE requests (
    id             uuid        PRIMARY KEY,
    title_id       uuid        NOT NULL REFERENCES titles (id),
    state          text        NOT NULL
                   CHECK (state IN ('PENDING', 'APPROVED', 'DECLINED', 'CANCELED',
                                    'AVAILABLE')),
    requested_by   text        NOT NULL REFERENCES requesters (user_id),
    -- Ascending. Empty: all of a series, or a film.
    seasons        integer[]   NOT NULL,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL CHECK (updated_at >= created_at),
    -- Empty while nobody has decided, and when it was approved by permission.
    decided_by     text        NOT NULL DEFAULT '',
    decline_reason text        NOT NULL DEFAULT '',
    CHECK (cardinality(seasons) <= 200),
    CHECK (decline_reason = '' OR state = 'DECLINED')
);

-- Nobody asks for what somebody waits for; what waits is found by its title.
CREATE UNIQUE INDEX requests_one_open_per_title ON requests (title_id)
 WHERE state IN ('PENDING', 'APPROVED');

-- One for each filter of the list: a page costs the same however many there are.
CREATE INDEX requests_newest ON requests (created_at, id);
CREATE INDEX requests_newest_by_state ON requests (state, created_at, id);
CREATE INDEX requests_newest_by_requester ON requests (requested_by, created_at, id);
CREATE INDEX requests_newest_by_requester_and_state
    ON requests (requested_by, state, created_at, id);

CREATE TABLE request_history (
    id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    request_id uuid        NOT NULL REFERENCES requests (id),
    -- Empty: it was asked for.
    from_state text        NOT NULL,
    to_state   text        NOT NULL,
    -- A user's id. Empty: the shelf.
    by_whom    text        NOT NULL,
    reason     text        NOT NULL,
    at         timestamptz NOT NULL
);

CREATE INDEX request_history_by_request ON request_history (request_id, id);

-- A row per requester and state, not one per state: two people who ask at the same
-- time must not wait for one another.
CREATE TABLE request_counts (
    requested_by text    NOT NULL,
    state        text    NOT NULL,
    count        integer NOT NULL,
    PRIMARY KEY (requested_by, state)
);

-- Once per statement, with the rows in one order, so that two statements that
-- count the same rows cannot lock each other out.
CREATE FUNCTION count_requests() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO request_counts AS known (requested_by, state, count)
        SELECT requested_by, state, count(id)
          FROM new_rows
         GROUP BY requested_by, state
         ORDER BY requested_by, state
            ON CONFLICT (requested_by, state)
            DO UPDATE SET count = known.count + excluded.count;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO request_counts AS known (requested_by, state, count)
        SELECT requested_by, state, sum(one)
          FROM (SELECT requested_by, state, 1 AS one FROM new_rows
                 UNION ALL
                SELECT requested_by, state, -1 FROM old_rows) AS steps
         GROUP BY requested_by, state
        HAVING sum(one) <> 0
         ORDER BY requested_by, state
            ON CONFLICT (requested_by, state)
            DO UPDATE SET count = known.count + excluded.count;
    ELSE
        INSERT INTO request_counts AS known (requested_by, state, count)
        SELECT requested_by, state, -count(id)
          FROM old_rows
         GROUP BY requested_by, state
         ORDER BY requested_by, state
            ON CONFLICT (requested_by, state)
            DO UPDATE SET count = known.count + excluded.count;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER requests_counted_in AFTER INSERT ON requests
   REFERENCING NEW TABLE AS new_rows
   FOR EACH STATEMENT EXECUTE FUNCTION count_requests();

CREATE TRIGGER requests_counted_over AFTER UPDATE ON requests
   REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
   FOR EACH STATEMENT EXECUTE FUNCTION count_requests();

CREATE TRIGGER requests_counted_out AFTER DELETE ON requests
   REFERENCING OLD TABLE AS old_rows
   FOR EACH STATEMENT EXECUTE FUNCTION count_requests();

-- Whether what is asked for is there: something of the title, or of each season
-- that was named. In plpgsql, which keeps its plan from call to call.
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

-- migrate:down
DROP FUNCTION is_on_shelf;
DROP TABLE request_history;
DROP TABLE requests;
DROP FUNCTION count_requests;
DROP TABLE request_counts;
DROP TABLE requesters;
