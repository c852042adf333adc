-- migrate:up
-- One for each target that was ever told something. Whoever works it off holds it for
-- a while: messages of one target go one after another, whoever else is away.
CREATE TABLE delivery_lines (
    target_id     uuid        PRIMARY KEY,
    -- Not before: how long a target that failed is left alone.
    due_at        timestamptz NOT NULL DEFAULT '-infinity',
    -- In a row.
    failures      integer     NOT NULL DEFAULT 0,
    failing_since timestamptz,
    held_by       uuid,
    held_until    timestamptz,
    CHECK ((failures = 0) = (failing_since IS NULL)),
    CHECK ((held_by IS NULL) = (held_until IS NULL))
);

CREATE TABLE deliveries (
    -- Made of target and key: the same for the same message, and told to the target.
    id         uuid        PRIMARY KEY,
    target_id  uuid        NOT NULL REFERENCES delivery_lines (target_id)
                           ON DELETE CASCADE,
    dedupe_key text        NOT NULL CHECK (dedupe_key <> ''),
    place      bigint      GENERATED ALWAYS AS IDENTITY,
    message    jsonb       NOT NULL,
    state      text        NOT NULL DEFAULT 'WAITING'
                           CHECK (state IN ('WAITING', 'SENT', 'FAILED')),
    attempts   integer     NOT NULL DEFAULT 0,
    -- What was said last, by the target or of it.
    words      text        NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    -- Its time to be delivered runs from here: somebody may have asked for it again.
    asked_at   timestamptz NOT NULL,
    ended_at   timestamptz,
    UNIQUE (target_id, dedupe_key),
    CHECK ((state = 'WAITING') = (ended_at IS NULL))
);

CREATE INDEX deliveries_waiting ON deliveries (target_id, place)
 WHERE state = 'WAITING';
CREATE INDEX deliveries_log ON deliveries (target_id, place);
CREATE INDEX deliveries_by_age ON deliveries (ended_at) WHERE state <> 'WAITING';

-- migrate:down
DROP TABLE deliveries;
DROP TABLE delivery_lines;
