-- migrate:up
-- One who is gone has no name any more, and does not get one back by a request that
-- was under way.
ALTER TABLE requesters ADD COLUMN gone boolean NOT NULL DEFAULT false;
ALTER TABLE requesters ADD CONSTRAINT requesters_gone_check CHECK (NOT gone OR name = '');

-- One row: how far auth's events were followed. Before the first: all that are kept.
CREATE TABLE auth_events (
    is_the_only_one boolean PRIMARY KEY DEFAULT true CHECK (is_the_only_one),
    place           bigint  NOT NULL CHECK (place >= 0)
);

INSERT INTO auth_events (place) VALUES (0);

-- migrate:down
DROP TABLE auth_events;
ALTER TABLE requesters DROP COLUMN gone;
