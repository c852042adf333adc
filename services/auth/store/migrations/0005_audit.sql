-- migrate:up
-- Who did what. Written once: nobody changes or removes an entry, and a whole month goes
-- when it is older than what is kept.
CREATE TABLE audit (
    id         uuid        NOT NULL,
    at         timestamptz NOT NULL,
    action     text        NOT NULL CHECK (action ~ '^[a-z_]{1,32}\.[a-z_]{1,32}$'),
    -- Null: nobody who was signed in. No foreign key, here and below: an entry outlives
    -- those that it speaks of, and knows them by their ids only.
    actor_id   uuid,
    session_id text        NOT NULL CHECK (length(session_id) <= 64),
    address    text        NOT NULL CHECK (length(address) <= 64),
    target     text        NOT NULL CHECK (length(target) <= 128),
    before     jsonb       NOT NULL CHECK (octet_length(before::text) <= 8192),
    after      jsonb       NOT NULL CHECK (octet_length(after::text) <= 8192),
    PRIMARY KEY (at, id)
) PARTITION BY RANGE (at);

CREATE INDEX audit_by_actor ON audit (actor_id, at, id) WHERE actor_id IS NOT NULL;
CREATE INDEX audit_by_target ON audit (target, at, id);
CREATE INDEX audit_by_action ON audit (action, at, id);

CREATE FUNCTION audit_is_append_only() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    RAISE EXCEPTION 'audit is append-only: % is refused', TG_OP
          USING ERRCODE = 'insufficient_privilege';
END
$$;

-- What `audit` and each of its partitions get: the privileges bind a role that owns them,
-- the trigger a superuser too.
CREATE FUNCTION audit_close(closed regclass) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %s FROM PUBLIC, CURRENT_USER', closed);
    EXECUTE format(
        'CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %s '
        'FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()', closed);
END
$$;

-- Where an entry goes whose month is not made: nothing that happens waits for the tidying.
CREATE TABLE audit_net PARTITION OF audit DEFAULT;

SELECT audit_close('audit'), audit_close('audit_net');

CREATE FUNCTION audit_make_month(month timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    first timestamp := date_trunc('month', month AT TIME ZONE 'UTC');
    name  text      := 'audit_' || to_char(first, 'YYYY_MM');
BEGIN
    IF to_regclass(name) IS NULL THEN
        EXECUTE format(
            'CREATE TABLE %I PARTITION OF audit FOR VALUES FROM (%L) TO (%L)',
            name, first AT TIME ZONE 'UTC',
            (first + interval '1 month') AT TIME ZONE 'UTC');
        PERFORM audit_close(name::regclass);
    END IF;
END
$$;

-- Makes the months ahead, puts what fell into the net where it belongs, and drops the
-- months that are wholly older than `keep_days`; how many those were. The database's own
-- clock says what is old, and a month is always kept: whoever may call it cannot make
-- what has just happened disappear. It runs as the owner of the tables, so that a service
-- whose role owns nothing can call it.
CREATE FUNCTION audit_tend(keep_days integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET lock_timeout = '1s' AS $$
DECLARE
    oldest  timestamptz := now() - make_interval(days => greatest(keep_days, 31));
    month   timestamptz;
    old     text;
    dropped integer     := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('audit_tend'));
    IF EXISTS (SELECT 1 FROM audit_net) THEN
        ALTER TABLE audit DETACH PARTITION audit_net;
        ALTER TABLE audit_net RENAME TO audit_caught;
        CREATE TABLE audit_net PARTITION OF audit DEFAULT;
        PERFORM audit_close('audit_net');
        FOR month IN
            SELECT DISTINCT date_trunc('month', at, 'UTC') FROM audit_caught
             WHERE at >= oldest AND at < now() + interval '3 months'
        LOOP
            PERFORM audit_make_month(month);
        END LOOP;
        INSERT INTO audit (id, at, action, actor_id, session_id, address, target,
                           before, after)
        SELECT id, at, action, actor_id, session_id, address, target, before, after
          FROM audit_caught
         WHERE at >= oldest;
        DROP TABLE audit_caught;
    END IF;
    FOR ahead IN 0..2 LOOP
        PERFORM audit_make_month(now() + make_interval(months => ahead));
    END LOOP;
    FOR old IN
        SELECT relname
          FROM pg_inherits
          JOIN pg_class ON pg_class.oid = inhrelid
         WHERE inhparent = 'audit'::regclass
           AND relname ~ '^audit_\d{4}_\d{2}$'
           AND (to_timestamp(relname, '"audit_"YYYY_MM')::timestamp
                + interval '1 month') AT TIME ZONE 'UTC' <= oldest
    LOOP
        EXECUTE format('DROP TABLE %I', old);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END
$$;

SELECT audit_tend(365);

-- migrate:down
DROP FUNCTION audit_tend(integer);
DROP FUNCTION audit_make_month(timestamptz);
DROP FUNCTION audit_close(regclass);
DROP TABLE audit;
DROP FUNCTION audit_is_append_only();
