-- migrate:up
-- Since when a fulfiller says that it does not have what it has been sent.
ALTER TABLE orders ADD COLUMN missing_since timestamptz;

CREATE INDEX orders_to_look_after ON orders (tried_at) WHERE state = 'PLACED';

CREATE OR REPLACE FUNCTION order_requests() RETURNS trigger LANGUAGE plpgsql AS $$
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
    -- Orders are held in the order of their requests' ids, as by who hurries, assigns or
    -- follows them.
    PERFORM request_id
       FROM orders
      WHERE request_id = ANY (changed)
      ORDER BY request_id
        FOR UPDATE;
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

-- migrate:down
CREATE OR REPLACE FUNCTION order_requests() RETURNS trigger LANGUAGE plpgsql AS $$
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

DROP INDEX orders_to_look_after;
ALTER TABLE orders DROP COLUMN missing_since;
