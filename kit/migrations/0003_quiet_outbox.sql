-- migrate:up
-- Whoever writes knows it, and publishes once it is committed. Postgres has all
-- transactions of the whole server that notify commit one after another, each waiting
-- for the disk by itself.
DROP TRIGGER outbox_written ON outbox;
DROP FUNCTION tell_outbox_written;

-- migrate:down
CREATE FUNCTION tell_outbox_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('outbox_written', '');
    RETURN NULL;
END
$$;

CREATE TRIGGER outbox_written AFTER INSERT ON outbox
   FOR EACH STATEMENT EXECUTE FUNCTION tell_outbox_written();
