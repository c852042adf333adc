-- migrate:up
CREATE TABLE monitors (
    id               uuid             PRIMARY KEY,
    -- What heartbeats carry: a quarter of an id's size, in each of millions of rows.
    number           integer          GENERATED ALWAYS AS IDENTITY UNIQUE,
    name             text             NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
    url              text             NOT NULL,
    interval_s       integer          NOT NULL CHECK (interval_s BETWEEN 5 AND 86400),
    timeout_s        integer          NOT NULL CHECK (timeout_s BETWEEN 1 AND 60),
    retries          integer          NOT NULL CHECK (retries BETWEEN 0 AND 10),
    retry_interval_s integer          NOT NULL CHECK (retry_interval_s BETWEEN 1 AND 86400),
    paused           boolean          NOT NULL,
    created_at       timestamptz      NOT NULL,
    state            text             NOT NULL
                     CHECK (state IN ('unknown', 'up', 'down', 'pending', 'paused')),
    detail           text             NOT NULL DEFAULT '',
    latency_ms       double precision NOT NULL DEFAULT 0,
    failures         integer          NOT NULL DEFAULT 0,
    checked_at       timestamptz,
    changed_at       timestamptz      NOT NULL,
    -- The state holds until then; past it, nobody was looking.
    known_until      timestamptz,
    next_check_at    timestamptz      NOT NULL,
    -- Who is checking, and until when nobody else may.
    holder           uuid,
    leased_until     timestamptz,
    CHECK (timeout_s <= interval_s),
    CHECK (paused = (state = 'paused')),
    CHECK ((holder IS NULL) = (leased_until IS NULL))
) WITH (fillfactor = 70);

CREATE UNIQUE INDEX monitors_by_name ON monitors (lower(name));
CREATE INDEX monitors_by_turn ON monitors (next_check_at) WHERE NOT paused;

-- What a monitor was, and from when to when; the open span ends at infinity.
CREATE TABLE state_spans (
    monitor_id uuid        NOT NULL REFERENCES monitors (id) ON DELETE CASCADE,
    began_at   timestamptz NOT NULL,
    ended_at   timestamptz NOT NULL DEFAULT 'infinity',
    state      text        NOT NULL
               CHECK (state IN ('unknown', 'up', 'down', 'pending', 'paused')),
    -- What the span is in the uptime. NULL: neither.
    counts     text        CHECK (counts IN ('up', 'down')),
    CHECK (began_at <= ended_at)
);

CREATE INDEX state_spans_by_end ON state_spans (monitor_id, ended_at);
CREATE UNIQUE INDEX state_spans_one_open ON state_spans (monitor_id)
 WHERE ended_at = 'infinity';

-- Seconds that count as up and as down. The open span ends at `until`: the caller
-- says until when its state is known.
CREATE FUNCTION uptime(monitor uuid, since timestamptz, until timestamptz)
RETURNS TABLE (up_s double precision, down_s double precision)
LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(seconds) FILTER (WHERE counts = 'up'), 0)::float8,
           coalesce(sum(seconds) FILTER (WHERE counts = 'down'), 0)::float8
      FROM (SELECT counts,
                   greatest(0, extract(epoch FROM least(ended_at, until)
                                                - greatest(began_at, since))) AS seconds
              FROM state_spans
             WHERE monitor_id = monitor AND ended_at > since AND counts IS NOT NULL
           ) AS spans
$$;

CREATE TABLE incidents (
    id         uuid        PRIMARY KEY,
    monitor_id uuid        NOT NULL REFERENCES monitors (id) ON DELETE CASCADE,
    detail     text        NOT NULL,
    opened_at  timestamptz NOT NULL,
    closed_at  timestamptz CHECK (closed_at >= opened_at)
);

CREATE INDEX incidents_by_time ON incidents (opened_at, id);
CREATE INDEX incidents_by_monitor ON incidents (monitor_id);
CREATE INDEX incidents_open ON incidents (opened_at, id) WHERE closed_at IS NULL;
CREATE UNIQUE INDEX incidents_one_open ON incidents (monitor_id)
 WHERE closed_at IS NULL;

-- migrate:down
DROP TABLE incidents;
DROP FUNCTION uptime;
DROP TABLE state_spans;
DROP TABLE monitors;
