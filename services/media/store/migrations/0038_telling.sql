-- migrate:up
-- What auth tells of roles and of who has them: to know who decides, nobody is asked.
-- `place` is of the event that told it; what was told before changes nothing.
CREATE TABLE told_roles (
    name        text   PRIMARY KEY,
    permissions bigint NOT NULL CHECK (permissions >= 0),
    place       bigint NOT NULL
);

CREATE TABLE people (
    user_id   text    PRIMARY KEY,
    role      text    NOT NULL,
    suspended boolean NOT NULL,
    place     bigint  NOT NULL
);

CREATE INDEX people_by_role ON people (role);

-- One row: how far media's own events were followed. What was there before is not told.
CREATE TABLE telling (
    is_the_only_one boolean PRIMARY KEY DEFAULT true CHECK (is_the_only_one),
    place           bigint  NOT NULL CHECK (place >= 0)
);

INSERT INTO telling (place) SELECT position FROM outbox_head;

-- What somebody finds behind the bell. What it says is made of it when it is read, so
-- that nobody's name stays here.
CREATE TABLE notifications (
    id         uuid        PRIMARY KEY,
    user_id    text        NOT NULL,
    -- Of the event that it tells, and in the list.
    place      bigint      NOT NULL,
    news       text        NOT NULL,
    title_id   text        NOT NULL,
    request_id text        NOT NULL,
    report_id  text        NOT NULL,
    subject    text        NOT NULL CHECK (char_length(subject) <= 500),
    detail     text        NOT NULL CHECK (char_length(detail) <= 500),
    by_whom    text        NOT NULL,
    created_at timestamptz NOT NULL,
    read_at    timestamptz,
    CONSTRAINT notifications_once UNIQUE (user_id, place)
);

CREATE INDEX notifications_unread ON notifications (user_id, place)
 WHERE read_at IS NULL;
CREATE INDEX notifications_by_age ON notifications (created_at);

-- What somebody has chosen. Of what is not in `choices` they want what is usual.
CREATE TABLE notification_preferences (
    user_id    text        PRIMARY KEY,
    choices    jsonb       NOT NULL,
    -- Both, or neither. From 22:00 to 07:00 goes over midnight.
    quiet_from time,
    quiet_to   time,
    time_zone  text        NOT NULL DEFAULT '',
    updated_at timestamptz NOT NULL,
    CHECK ((quiet_from IS NULL) = (quiet_to IS NULL)),
    CHECK ((quiet_from IS NULL) = (time_zone = ''))
);

-- migrate:down
DROP TABLE notification_preferences;
DROP TABLE notifications;
DROP TABLE telling;
DROP TABLE people;
DROP TABLE told_roles;
