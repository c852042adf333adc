-- migrate:up
-- Who outside is told what happens in the house.
CREATE TABLE notification_targets (
    id             uuid        PRIMARY KEY,
    name           text        NOT NULL CHECK (name <> ''),
    enabled        boolean     NOT NULL,
    event_types    text[]      NOT NULL,
    kind           text        NOT NULL
                               CHECK (kind IN ('webhook', 'email', 'apprise')),
    -- What of the channel is no secret.
    settings       jsonb       NOT NULL,
    -- The rest, by kit.sealing, for the place `notification target {id}`.
    secrets_sealed bytea       NOT NULL,
    created_at     timestamptz NOT NULL,
    version        integer     NOT NULL DEFAULT 1
);

CREATE INDEX notification_targets_by_age ON notification_targets (created_at, id);

-- One row: how far the service's own events were turned into deliveries. What
-- happened before there were targets is told to none.
CREATE TABLE notified (
    is_the_only_one boolean PRIMARY KEY DEFAULT true CHECK (is_the_only_one),
    position        bigint  NOT NULL
);

INSERT INTO notified (position) SELECT position FROM outbox_head;

-- migrate:down
DROP TABLE notified;
DROP TABLE notification_targets;
