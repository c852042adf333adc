-- migrate:up
-- What is wrong with a title, as somebody reported it.
CREATE TABLE reports (
    id          uuid        PRIMARY KEY,
    title_id    uuid        NOT NULL REFERENCES titles (id),
    state       text        NOT NULL DEFAULT 'OPEN'
                CHECK (state IN ('OPEN', 'RESOLVED')),
    trouble     text        NOT NULL
                CHECK (trouble IN ('VIDEO', 'AUDIO', 'SUBTITLES', 'OTHER')),
    -- NULL: all of the title, or of the season.
    season      integer     CHECK (season BETWEEN 0 AND 10000),
    episode     integer     CHECK (episode BETWEEN 1 AND 10000),
    text        text        NOT NULL CHECK (length(text) BETWEEN 1 AND 2000),
    reported_by text        NOT NULL REFERENCES requesters (user_id),
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL CHECK (updated_at >= created_at),
    -- Empty while it is open.
    resolved_by text        NOT NULL DEFAULT '',
    version     integer     NOT NULL DEFAULT 1 CHECK (version > 0),
    CHECK (episode IS NULL OR season IS NOT NULL),
    CHECK ((resolved_by <> '') = (state = 'RESOLVED'))
);

CREATE INDEX reports_newest ON reports (created_at, id);
CREATE INDEX reports_newest_by_state ON reports (state, created_at, id);
CREATE INDEX reports_newest_by_reporter ON reports (reported_by, state, created_at, id);
CREATE INDEX reports_newest_by_title ON reports (title_id, created_at, id);

-- What is said of a request, or of a report.
CREATE TABLE comments (
    id         uuid        PRIMARY KEY,
    report_id  uuid        REFERENCES reports (id) ON DELETE CASCADE,
    request_id uuid        REFERENCES requests (id) ON DELETE CASCADE,
    author     text        NOT NULL REFERENCES requesters (user_id),
    text       text        NOT NULL CHECK (length(text) BETWEEN 1 AND 2000),
    created_at timestamptz NOT NULL,
    -- NULL: never.
    edited_at  timestamptz,
    CHECK (num_nonnulls(report_id, request_id) = 1)
);

CREATE INDEX comments_by_report ON comments (report_id, created_at, id)
 WHERE report_id IS NOT NULL;
CREATE INDEX comments_by_request ON comments (request_id, created_at, id)
 WHERE request_id IS NOT NULL;

-- migrate:down
DROP TABLE comments;
DROP TABLE reports;
