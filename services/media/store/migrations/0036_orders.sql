-- migrate:up
-- What becomes of an approved request that names a title, at a Radarr or a Sonarr. One
-- that was asked for in words has none: people see to it.
CREATE TABLE orders (
    request_id       uuid        PRIMARY KEY REFERENCES requests (id) ON DELETE CASCADE,
    state            text        NOT NULL DEFAULT 'WAITING'
                     CHECK (state IN ('WAITING', 'NO_FULFILLER', 'UNANSWERED', 'PLACED',
                                      'ARRIVED', 'FAILED', 'ENDED')),
    -- Who gets it; NULL until somebody was chosen.
    fulfiller_id     uuid        REFERENCES fulfillers (id) ON DELETE SET NULL,
    -- The film or series there, and where it stands below the web address.
    remote_id        integer,
    slug             text        NOT NULL DEFAULT '',
    attempts         integer     NOT NULL DEFAULT 0,
    refusals         integer     NOT NULL DEFAULT 0,
    next_at          timestamptz NOT NULL,
    tried_at         timestamptz,
    unanswered_since timestamptz,
    -- The upstream's, of the last try.
    last_words       text        NOT NULL DEFAULT '',
    -- Who sends it now. What is written counts only while this id stands here.
    claim_id         uuid,
    claimed_until    timestamptz,
    changed_at       timestamptz NOT NULL,
    CHECK ((claim_id IS NULL) = (claimed_until IS NULL)),
    CHECK (state <> 'PLACED' OR remote_id IS NOT NULL)
);

CREATE INDEX orders_due ON orders (fulfiller_id, next_at)
 WHERE state IN ('WAITING', 'UNANSWERED');
CREATE INDEX orders_unassigned ON orders (request_id)
 WHERE state IN ('WAITING', 'NO_FULFILLER', 'UNANSWERED') AND fulfiller_id IS NULL;
-- Whether a fulfiller's queue is worth a look.
CREATE INDEX orders_open ON orders (fulfiller_id) WHERE state IN ('PLACED', 'UNANSWERED');
CREATE INDEX orders_followed ON orders (fulfiller_id, remote_id)
 WHERE state IN ('PLACED', 'ARRIVED');
CREATE INDEX orders_under_way ON orders (request_id)
 WHERE state NOT IN ('ARRIVED', 'ENDED');
CREATE INDEX orders_by_state ON orders (state, request_id);

-- Once per statement, whoever approves: by permission, by rule, by a person, in bulk,
-- at another try. What a statement changed is what its old and new rows do not have
-- in common (0023 says why they are not joined).
CREATE FUNCTION order_requests() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed uuid[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(id) INTO changed FROM new_rows WHERE state = 'APPROVED';
    ELSE
        SELECT array_agg(differing.id) INTO changed
          FROM (SELECT id, state FROM new_rows
                EXCEPT
                SELECT id, state FROM old_rows) AS differing;
    END IF;
    IF changed IS NULL THEN
        RETURN NULL;
    END IF;
    INSERT INTO orders AS known (request_id, next_at, changed_at)
    SELECT id, updated_at, updated_at
      FROM requests
     WHERE id = ANY (changed) AND state = 'APPROVED' AND title_id IS NOT NULL
     ORDER BY id
        ON CONFLICT (request_id) DO UPDATE
       SET state = 'WAITING', fulfiller_id = NULL, remote_id = NULL, slug = '',
           attempts = 0, refusals = 0, next_at = excluded.next_at, tried_at = NULL,
           unanswered_since = NULL, last_words = '', claim_id = NULL,
           claimed_until = NULL, changed_at = excluded.changed_at;
    IF TG_OP = 'UPDATE' THEN
        UPDATE orders
           SET state = CASE WHEN ending.state = 'FAILED' THEN 'FAILED'
                            WHEN ending.state = 'AVAILABLE'
                                 AND orders.state IN ('PLACED', 'ARRIVED')
                            THEN 'ARRIVED'
                            ELSE 'ENDED' END,
               claim_id = NULL, claimed_until = NULL, changed_at = ending.updated_at
          FROM (SELECT id, state, updated_at
                  FROM requests
                 WHERE id = ANY (changed) AND state <> 'APPROVED'
                 ORDER BY id) AS ending
         WHERE orders.request_id = ending.id;
        DELETE FROM order_downloads
         USING orders
         WHERE order_downloads.request_id = ANY (changed)
           AND orders.request_id = order_downloads.request_id
           AND orders.state <> 'ARRIVED';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER requests_ordered_in AFTER INSERT ON requests
   REFERENCING NEW TABLE AS new_rows
   FOR EACH STATEMENT EXECUTE FUNCTION order_requests();

CREATE TRIGGER requests_ordered_over AFTER UPDATE ON requests
   REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
   FOR EACH STATEMENT EXECUTE FUNCTION order_requests();

-- Those that were approved before there was anybody to send them.
INSERT INTO orders (request_id, next_at, changed_at)
SELECT id, updated_at, updated_at
  FROM requests
 WHERE state = 'APPROVED' AND title_id IS NOT NULL;

-- What a fulfiller downloads of an order, as it told last.
CREATE TABLE order_downloads (
    request_id  uuid        NOT NULL REFERENCES orders (request_id) ON DELETE CASCADE,
    -- As the fulfiller names the download.
    download_id text        NOT NULL,
    name        text        NOT NULL,
    state       text        NOT NULL,
    size_bytes  bigint      NOT NULL CHECK (size_bytes >= 0),
    left_bytes  bigint      NOT NULL CHECK (left_bytes >= 0),
    speed_bps   bigint      NOT NULL CHECK (speed_bps >= 0),
    ends_at     timestamptz,
    is_stalled  boolean     NOT NULL,
    problems    text[]      NOT NULL,
    season      integer,
    episodes    integer[]   NOT NULL,
    client      text        NOT NULL,
    changed_at  timestamptz NOT NULL,
    PRIMARY KEY (request_id, download_id)
);

-- A row for each fulfiller whose queue is not known now: what it told before stays.
CREATE TABLE fulfillers_unseen (
    fulfiller_id uuid        PRIMARY KEY REFERENCES fulfillers (id) ON DELETE CASCADE,
    since        timestamptz NOT NULL,
    words        text        NOT NULL
);

-- migrate:down
DROP TABLE fulfillers_unseen;
DROP TABLE order_downloads;
DROP TRIGGER requests_ordered_in ON requests;
DROP TRIGGER requests_ordered_over ON requests;
DROP FUNCTION order_requests;
DROP TABLE orders;
