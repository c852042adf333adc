-- migrate:up
-- What nobody may ask for: a title, or all whose names have certain words.
CREATE TABLE blocks (
    id          uuid        PRIMARY KEY,
    title_id    uuid        REFERENCES titles (id),
    keyword     text        CHECK (length(keyword) BETWEEN 1 AND 100),
    -- As titles' name_key has it.
    keyword_key text        CHECK (keyword_key <> ''),
    reason      text        NOT NULL CHECK (length(reason) <= 500),
    added_by    text        NOT NULL REFERENCES requesters (user_id),
    added_at    timestamptz NOT NULL,
    CHECK (num_nonnulls(title_id, keyword) = 1),
    CHECK ((keyword IS NULL) = (keyword_key IS NULL))
);

CREATE UNIQUE INDEX blocks_one_per_title ON blocks (title_id)
 WHERE title_id IS NOT NULL;
CREATE UNIQUE INDEX blocks_one_per_keyword ON blocks (keyword_key)
 WHERE keyword_key IS NOT NULL;
CREATE INDEX blocks_newest ON blocks (added_at, id);

-- The entry that a title falls under; its own, if there is one.
CREATE FUNCTION block_of(asked_title uuid) RETURNS uuid LANGUAGE plpgsql STABLE AS $$
DECLARE
    found uuid;
BEGIN
    SELECT id INTO found FROM blocks WHERE title_id = asked_title;
    IF found IS NULL THEN
        SELECT blocks.id INTO found
          FROM titles
          JOIN blocks ON blocks.keyword_key IS NOT NULL
           AND strpos(' ' || titles.name_key || ' | ' || titles.original_key || ' ',
                      ' ' || blocks.keyword_key || ' ') > 0
         WHERE titles.id = asked_title
         ORDER BY blocks.added_at, blocks.id
         LIMIT 1;
    END IF;
    RETURN found;
END
$$;

-- migrate:down
DROP FUNCTION block_of;
DROP TABLE blocks;
