-- migrate:up
-- Since when a fulfiller says that it does not have what it has been sent.
ALTER TABLE orders ADD COLUMN missing_since timestamptz;

CREATE INDEX orders_to_look_after ON orders (tried_at) WHERE state = 'PLACED';

-- migrate:down
DROP INDEX orders_to_look_after;
ALTER TABLE orders DROP COLUMN missing_since;
