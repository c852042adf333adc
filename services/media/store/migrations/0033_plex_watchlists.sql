-- migrate:up
-- Watchlists at Plex that their owners have connected.
CREATE TABLE plex_watchlists (
    user_id       text        PRIMARY KEY REFERENCES requesters (user_id),
    -- The account's, by kit.sealing, for the place `plex watchlist {user_id}`.
    token_sealed  bytea       NOT NULL,
    state         text        NOT NULL
                  CHECK (state IN ('CONNECTED', 'AWAY', 'SIGN_IN_AGAIN')),
    detail        text        NOT NULL DEFAULT '',
    ask_movies    boolean     NOT NULL,
    ask_series    boolean     NOT NULL,
    -- What they may do, as they came last. Permissions of NULL: that has changed since.
    role          text        NOT NULL,
    permissions   bigint,
    facts         jsonb       NOT NULL,
    seen_at       timestamptz NOT NULL,
    read_at       timestamptz,
    entry_count   integer     NOT NULL DEFAULT 0,
    unknown_count integer     NOT NULL DEFAULT 0,
    failures      integer     NOT NULL DEFAULT 0,
    -- NULL: when it is connected again.
    due_at        timestamptz,
    claim_id      uuid,
    leased_until  timestamptz
);

CREATE INDEX plex_watchlists_due ON plex_watchlists (due_at);

-- What was found on somebody's watchlist at Plex, also when they have disconnected it:
-- none of it comes back, or is asked for, twice.
CREATE TABLE plex_watchlist_titles (
    user_id    text        NOT NULL REFERENCES requesters (user_id),
    title_id   uuid        NOT NULL REFERENCES titles (id),
    found_at   timestamptz NOT NULL,
    -- When it is to be asked for. NULL: not again.
    ask_at     timestamptz,
    -- What came of asking: `asked`, or the reason of the refusal.
    outcome    text        NOT NULL DEFAULT '',
    PRIMARY KEY (user_id, title_id)
);

CREATE INDEX plex_watchlist_titles_waiting ON plex_watchlist_titles (user_id, ask_at)
 WHERE ask_at IS NOT NULL;

-- migrate:down
DROP TABLE plex_watchlist_titles;
DROP TABLE plex_watchlists;
