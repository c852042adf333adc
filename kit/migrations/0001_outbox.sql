-- migrate:up
CREATE TABLE outbox (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- Place in the stream, given at publication: commits may come in another
    -- order than ids, positions never do.
    position    bigint      UNIQUE,
    type        text        NOT NULL,
    key         text        NOT NULL,
    rooms       text[]      NOT NULL,
    tags        text[]      NOT NULL,
    data        jsonb       NOT NULL,
    occurred_at timestamptz NOT NULL
);

CREATE INDEX outbox_unpublished ON outbox (id) WHERE position IS NULL;

-- One row: the last position given. Its lock makes publishers take turns.
CREATE TABLE outbox_head (
    is_the_only_one boolean PRIMARY KEY DEFAULT true CHECK (is_the_only_one),
    position        bigint  NOT NULL
);

INSERT INTO outbox_head (position) VALUES (0);

CREATE FUNCTION tell_outbox_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('outbox_written', '');
    RETURN NULL;
END
$$;

CREATE TRIGGER outbox_written AFTER INSERT ON outbox
   FOR EACH STATEMENT EXECUTE FUNCTION tell_outbox_written();

-- migrate:down
DROP TABLE outbox;
DROP TABLE outbox_head;
DROP FUNCTION tell_outbox_written;
