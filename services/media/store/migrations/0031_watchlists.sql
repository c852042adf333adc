-- migrate:up
CREATE TABLE watchlist (
    user_id  text        NOT NULL REFERENCES requesters (user_id),
    title_id uuid        NOT NULL REFERENCES titles (id),
    added_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, title_id)
);

CREATE INDEX watchlist_newest ON watchlist (user_id, added_at, title_id);

-- migrate:down
DROP TABLE watchlist;
