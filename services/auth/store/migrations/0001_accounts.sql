-- migrate:up
CREATE EXTENSION IF NOT EXISTS citext;

CREATE TABLE users (
    id         uuid        PRIMARY KEY,
    name       citext      NOT NULL,
    email      citext,
    role       text        NOT NULL,
    suspended  boolean     NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL,
    invited_by uuid,
    CONSTRAINT users_name_key UNIQUE (name),
    CONSTRAINT users_email_key UNIQUE (email),
    CONSTRAINT users_invited_by_fkey FOREIGN KEY (invited_by)
        REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT users_name_check CHECK (name ~ '^[A-Za-z0-9._-]{1,64}$'),
    -- A name has no @ and an e-mail address has one: a login is never both.
    CONSTRAINT users_email_check CHECK (position('@' in email) > 1 AND length(email) <= 254),
    CONSTRAINT users_role_check CHECK (
        role IN ('owner', 'admin', 'trusted', 'friend', 'child', 'viewer')
    ),
    CONSTRAINT users_owner_check CHECK (role <> 'owner' OR NOT suspended)
);

CREATE UNIQUE INDEX users_one_owner ON users (role) WHERE role = 'owner';
CREATE INDEX users_by_inviter ON users (invited_by) WHERE invited_by IS NOT NULL;

-- An account may have another way in than a password, and then has no row here.
CREATE TABLE passwords (
    user_id uuid        PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    hash    text        NOT NULL CHECK (hash LIKE '$argon2id$%'),
    set_at  timestamptz NOT NULL
);

CREATE TABLE sessions (
    id           uuid        PRIMARY KEY,
    user_id      uuid        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    token_sha256 bytea       NOT NULL UNIQUE CHECK (octet_length(token_sha256) = 32),
    created_at   timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL CHECK (expires_at > created_at),
    user_agent   text        NOT NULL,
    address      text        NOT NULL
);

CREATE INDEX sessions_by_user ON sessions (user_id, id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- migrate:down
DROP TABLE sessions;
DROP TABLE passwords;
DROP TABLE users;
