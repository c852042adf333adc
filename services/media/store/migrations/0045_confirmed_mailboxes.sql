-- migrate:up
-- A mailbox is told nothing until the code is given that was sent there. `code_hash` is
-- of the last one, until it is given or the address is another.
ALTER TABLE own_targets
  ADD COLUMN enabled    boolean     NOT NULL DEFAULT true,
  ADD COLUMN version    integer     NOT NULL DEFAULT 1 CHECK (version > 0),
  ADD COLUMN confirmed  boolean     NOT NULL DEFAULT false,
  ADD COLUMN code_hash  bytea,
  ADD COLUMN code_until timestamptz,
  ADD COLUMN code_tries integer     NOT NULL DEFAULT 0,
  ADD CHECK ((code_hash IS NULL) = (code_until IS NULL));

UPDATE own_targets SET confirmed = kind <> 'EMAIL';

-- Codes and tests that somebody had sent to mailboxes, to count them.
CREATE TABLE own_mail_tries (
    owner        text        NOT NULL,
    -- Of the address: whose it is, is not for this table to tell.
    address_hash bytea       NOT NULL,
    at           timestamptz NOT NULL
);

CREATE INDEX own_mail_tries_by_owner ON own_mail_tries (owner, at);
CREATE INDEX own_mail_tries_by_address ON own_mail_tries (address_hash, at);
CREATE INDEX own_mail_tries_by_age ON own_mail_tries (at);

-- migrate:down
DROP TABLE own_mail_tries;
ALTER TABLE own_targets
  DROP COLUMN code_tries,
  DROP COLUMN code_until,
  DROP COLUMN code_hash,
  DROP COLUMN confirmed,
  DROP COLUMN version,
  DROP COLUMN enabled;
