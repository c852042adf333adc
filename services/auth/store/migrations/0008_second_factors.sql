-- migrate:up
-- Offered at first; one that was confirmed is asked for at each sign-in.
CREATE TABLE second_factors (
    user_id       uuid        PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    sealed_secret bytea       NOT NULL,
    offered_at    timestamptz NOT NULL,
    confirmed_at  timestamptz,
    -- Of time, 30 seconds each: the latest whose code was used.
    last_step     bigint      NOT NULL DEFAULT 0
);

CREATE TABLE recovery_codes (
    user_id     uuid  NOT NULL REFERENCES second_factors (user_id) ON DELETE CASCADE,
    code_sha256 bytea NOT NULL CHECK (octet_length(code_sha256) = 32),
    PRIMARY KEY (user_id, code_sha256)
);

CREATE TABLE second_factor_rule (
    one         boolean PRIMARY KEY DEFAULT true CHECK (one),
    required_of text    NOT NULL CONSTRAINT second_factor_rule_required_of_check CHECK (
        required_of IN ('nobody', 'managers', 'everybody')
    )
);

INSERT INTO second_factor_rule (required_of) VALUES ('nobody');

-- migrate:down
DROP TABLE second_factor_rule;
DROP TABLE recovery_codes;
DROP TABLE second_factors;
