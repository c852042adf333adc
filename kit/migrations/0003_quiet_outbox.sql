-- migrate:up
-- Whoever writes knows it, and publishes once it is committed. Postgres has all
-- transactions of the whole server that notify commit one after another, each waiting
-- for the disk by itself.
DROP TRIGGER outbox_written ON outbox;
DROP FUNCTION tell_outbox_written;

-- Gives positions to what has none, at most so many rows; how many that were. All in
-- one call: others who publish wait for as long as it takes.
CREATE FUNCTION publish_outbox(most integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    head      bigint;
    published integer;
BEGIN
    -- The lock below is a write, for which the disk is waited: not every few seconds
    -- for nothing.
    IF NOT EXISTS (SELECT FROM outbox WHERE position IS NULL) THEN
        RETURN 0;
    END IF;
    SELECT position INTO head FROM outbox_head FOR UPDATE;
    -- A statement of its own, which sees what was published while the lock was waited
    -- for.
    UPDATE outbox
       SET position = head + waiting.number
      FROM (SELECT id, row_number() OVER (ORDER BY id) AS number
              FROM (SELECT id
                      FROM outbox
                     WHERE position IS NULL
                     ORDER BY id
                     LIMIT most) AS next) AS waiting
     WHERE outbox.id = waiting.id;
    GET DIAGNOSTICS published = ROW_COUNT;
    IF published > 0 THEN
        UPDATE outbox_head SET position = head + published;
    END IF;
    RETURN published;
END
$$;

-- migrate:down
DROP FUNCTION publish_outbox;
CREATE FUNCTION tell_outbox_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('outbox_written', '');
    RETURN NULL;
END
$$;

CREATE TRIGGER outbox_written AFTER INSERT ON outbox
   FOR EACH STATEMENT EXECUTE FUNCTION tell_outbox_written();
