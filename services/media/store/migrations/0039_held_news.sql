-- migrate:up
-- What waits to become one message to one person by one channel. Who adds to it holds
-- its row, and so does who sends it: what comes later begins another.
CREATE TABLE held_groups (
    id      uuid        PRIMARY KEY,
    user_id text        NOT NULL,
    channel text        NOT NULL CHECK (channel IN ('EMAIL', 'TARGETS')),
    news    text        NOT NULL,
    about   text        NOT NULL,
    due_at  timestamptz NOT NULL,
    CONSTRAINT held_groups_once UNIQUE (user_id, channel, news, about)
);

CREATE INDEX held_groups_by_due ON held_groups (due_at);

CREATE TABLE held_news (
    group_id   uuid        NOT NULL REFERENCES held_groups (id) ON DELETE CASCADE,
    place      bigint      NOT NULL,
    title_id   text        NOT NULL,
    request_id text        NOT NULL,
    report_id  text        NOT NULL,
    subject    text        NOT NULL,
    detail     text        NOT NULL,
    by_whom    text        NOT NULL,
    episodes   integer     NOT NULL CHECK (episodes >= 0),
    at         timestamptz NOT NULL,
    PRIMARY KEY (group_id, place)
);

-- By what somebody is reached outside of the house. What it takes to reach them is
-- sealed.
CREATE TABLE own_targets (
    id         uuid        PRIMARY KEY,
    owner      text        NOT NULL,
    kind       text        NOT NULL CHECK (kind IN ('EMAIL', 'WEBHOOK', 'APPRISE')),
    name       text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
    sealed     bytea       NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE INDEX own_targets_by_owner ON own_targets (owner, created_at, id);

-- migrate:down
DROP TABLE own_targets;
DROP TABLE held_news;
DROP TABLE held_groups;
