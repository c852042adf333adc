-- migrate:up
-- How this house is known to a provider: made once, the same in every process.
CREATE TABLE provider_clients (
    provider   text PRIMARY KEY,
    identifier text NOT NULL CHECK (length(identifier) BETWEEN 16 AND 64)
);

-- Accounts that users have elsewhere.
CREATE TABLE identities (
    id               uuid        PRIMARY KEY,
    user_id          uuid        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    provider         text        NOT NULL CHECK (provider ~ '^[a-z]{1,16}$'),
    subject          text        NOT NULL CHECK (length(subject) BETWEEN 1 AND 255),
    name             text        NOT NULL,
    avatar_url       text        NOT NULL,
    -- By kit.sealing, for the place `identity {id}`.
    token_sealed     bytea,
    token_revoked_at timestamptz,
    check_at         timestamptz NOT NULL,
    linked_at        timestamptz NOT NULL,
    -- An account elsewhere is one user's, and a user has one at each provider.
    CONSTRAINT identities_subject_key UNIQUE (provider, subject),
    CONSTRAINT identities_user_key UNIQUE (user_id, provider),
    CONSTRAINT identities_token_check
        CHECK ((token_sealed IS NULL) = (token_revoked_at IS NOT NULL))
);

CREATE INDEX identities_by_check ON identities (check_at) WHERE token_sealed IS NOT NULL;

-- Sign-ins, and links of the user named, that are being approved elsewhere.
CREATE TABLE identity_attempts (
    id               uuid        PRIMARY KEY,
    provider         text        NOT NULL,
    user_id          uuid        REFERENCES users (id) ON DELETE CASCADE,
    verifier_sha256  bytea       NOT NULL CHECK (octet_length(verifier_sha256) = 32),
    -- By kit.sealing, for the place `attempt {id}`: with it, the token can be had.
    reference_sealed bytea       NOT NULL,
    expires_at       timestamptz NOT NULL,
    asked_at         timestamptz,
    spent_at         timestamptz
);

CREATE INDEX identity_attempts_by_expiry ON identity_attempts (expires_at);
CREATE INDEX identity_attempts_by_user ON identity_attempts (user_id)
    WHERE user_id IS NOT NULL;

-- Tokens that the provider is yet to be told are not wanted any more.
CREATE TABLE identity_revocations (
    id           uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    -- No reference: the identity may be unlinked by now.
    identity_id  uuid        NOT NULL,
    provider     text        NOT NULL,
    token_sealed bytea       NOT NULL,
    due_at       timestamptz NOT NULL,
    give_up_at   timestamptz NOT NULL
);

CREATE INDEX identity_revocations_by_due ON identity_revocations (due_at);

-- migrate:down
DROP TABLE identity_revocations;
DROP TABLE identity_attempts;
DROP TABLE identities;
DROP TABLE provider_clients;
