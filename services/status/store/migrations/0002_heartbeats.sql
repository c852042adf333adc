-- migrate:up
-- No foreign key: those of a monitor that is gone are seen by nobody, and go with
-- their day. A number is never given twice.
CREATE TABLE heartbeats (
    checked_at timestamptz NOT NULL,
    monitor    integer     NOT NULL,
    latency_ms real        NOT NULL,
    state      text        NOT NULL,
    detail     text        NOT NULL,
    PRIMARY KEY (monitor, checked_at)
) PARTITION BY RANGE (checked_at);

-- Days are those of UTC. Replicas that start together take turns.
CREATE FUNCTION make_heartbeat_day(day date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    partition text := 'heartbeats_' || to_char(day, 'YYYYMMDD');
BEGIN
    IF to_regclass(partition) IS NOT NULL THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('heartbeats'));
    EXECUTE format(
        'CREATE TABLE IF NOT EXISTS %I PARTITION OF heartbeats FOR VALUES FROM (%L) TO (%L)',
        partition, day || ' 00:00:00+00', (day + 1) || ' 00:00:00+00'
    );
END
$$;

CREATE FUNCTION drop_heartbeat_days(before date) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    partition text;
    dropped   integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('heartbeats'));
    FOR partition IN
        SELECT inhrelid::regclass::text
          FROM pg_inherits
         WHERE inhparent = 'heartbeats'::regclass
           AND inhrelid::regclass::text < 'heartbeats_' || to_char(before, 'YYYYMMDD')
    LOOP
        EXECUTE format('DROP TABLE %I', partition);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END
$$;

-- migrate:down
DROP TABLE heartbeats;
DROP FUNCTION make_heartbeat_day;
DROP FUNCTION drop_heartbeat_days;
