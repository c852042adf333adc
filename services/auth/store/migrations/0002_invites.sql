-- migrate:up
CREATE TABLE invites (
    id         uuid        PRIMARY KEY,
    code       text        NOT NULL UNIQUE CHECK (length(code) >= 22),
    role       text        NOT NULL CHECK (
        role IN ('admin', 'trusted', 'friend', 'child', 'viewer')
    ),
    max_uses   integer     NOT NULL CHECK (max_uses BETWEEN 1 AND 100),
    uses       integer     NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL CHECK (expires_at > created_at),
    created_by uuid        NOT NULL,
    CONSTRAINT invites_uses_check CHECK (uses BETWEEN 0 AND max_uses),
    -- Nobody comes in on the word of somebody who was removed.
    CONSTRAINT invites_created_by_fkey FOREIGN KEY (created_by)
        REFERENCES users (id) ON DELETE CASCADE
);

CREATE INDEX invites_by_inviter ON invites (created_by);

-- migrate:down
DROP TABLE invites;
