-- migrate:up
-- How often signing in failed: for an account from an address, for an account from
-- anywhere, for an address. What was typed as a login may have been a password: it is
-- known by a keyed hash only.
CREATE TABLE sign_in_tries (
    key          bytea       PRIMARY KEY CHECK (octet_length(key) = 32),
    scope        text        NOT NULL CHECK (scope IN ('account_at_address', 'account', 'address')),
    -- Whose account it is, if it is somebody's.
    user_id      uuid,
    address      text        NOT NULL,
    failures     integer     NOT NULL DEFAULT 0 CHECK (failures >= 0),
    refused      integer     NOT NULL DEFAULT 0 CHECK (refused >= 0),
    locked_until timestamptz,
    -- Until when the account is at home at the address: it was signed in to there.
    known_until  timestamptz,
    forgotten_at timestamptz NOT NULL
);

CREATE INDEX sign_in_tries_by_user ON sign_in_tries (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX sign_in_tries_locked ON sign_in_tries (key) WHERE locked_until IS NOT NULL;
CREATE INDEX sign_in_tries_by_end ON sign_in_tries (forgotten_at);

-- migrate:down
DROP TABLE sign_in_tries;
