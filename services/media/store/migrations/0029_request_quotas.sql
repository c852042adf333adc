-- migrate:up
-- What auth said of a requester when they were last here: who asks for them is held to
-- it (domain/requests/limits.py).
ALTER TABLE requesters
  ADD COLUMN role  text  NOT NULL DEFAULT '',
  ADD COLUMN facts jsonb NOT NULL DEFAULT '{}';

-- What a request counts as, of its requester's quotas. Who takes one over from another
-- has spent nothing.
ALTER TABLE requests
  ADD COLUMN seasons_counted integer NOT NULL DEFAULT 0 CHECK (seasons_counted >= 0),
  ADD COLUMN movies_counted  integer NOT NULL DEFAULT 0 CHECK (movies_counted >= 0),
  ADD COLUMN size_bytes      bigint  NOT NULL DEFAULT 0 CHECK (size_bytes >= 0);

UPDATE requests
   SET movies_counted = (kind = 'movie')::integer,
       seasons_counted = CASE WHEN kind = 'series'
                              THEN greatest(1, cardinality(seasons)) ELSE 0 END;

-- The rules that had a say in a step.
ALTER TABLE request_history ADD COLUMN rule_ids uuid[] NOT NULL DEFAULT '{}';

-- NULL: nothing is said of it here. 0: there is no limit.
CREATE TABLE request_limits (
    -- default, role:{name} or user:{id}.
    subject             text        PRIMARY KEY CHECK (subject <> ''),
    movies              integer     CHECK (movies >= 0),
    movies_days         integer     CHECK (movies_days BETWEEN 1 AND 365),
    seasons             integer     CHECK (seasons >= 0),
    seasons_days        integer     CHECK (seasons_days BETWEEN 1 AND 365),
    size_gb             integer     CHECK (size_gb >= 0),
    size_gb_days        integer     CHECK (size_gb_days BETWEEN 1 AND 365),
    seasons_per_request integer     CHECK (seasons_per_request >= 0),
    open_at_once        integer     CHECK (open_at_once >= 0),
    changed_at          timestamptz NOT NULL,
    version             integer     NOT NULL DEFAULT 1 CHECK (version > 0),
    CHECK ((movies IS NULL) = (movies_days IS NULL)),
    CHECK ((seasons IS NULL) = (seasons_days IS NULL)),
    CHECK ((size_gb IS NULL) = (size_gb_days IS NULL))
);

-- migrate:down
DROP TABLE request_limits;
ALTER TABLE request_history DROP COLUMN rule_ids;
ALTER TABLE requests
 DROP COLUMN size_bytes,
 DROP COLUMN movies_counted,
 DROP COLUMN seasons_counted;
ALTER TABLE requesters
 DROP COLUMN facts,
 DROP COLUMN role;
