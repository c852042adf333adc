-- migrate:up
CREATE TABLE request_rules (
    id           uuid             PRIMARY KEY,
    name         text             NOT NULL CHECK (name <> '' AND length(name) <= 100),
    -- From 1, without gaps. Checked at the end of a statement: one moves many.
    position     integer          NOT NULL CHECK (position > 0)
                 UNIQUE DEFERRABLE INITIALLY IMMEDIATE,
    enabled      boolean          NOT NULL,
    approves     boolean          NOT NULL,
    -- Choices. Whose id it is may be gone by now.
    fulfiller_id uuid,
    profile_id   integer          NOT NULL CHECK (profile_id >= 0),
    folder       text             NOT NULL,
    tags         text[]           NOT NULL,
    -- Conditions. Empty, 0 and NULL are none.
    user_ids     text[]           NOT NULL,
    roles        text[]           NOT NULL,
    kinds        text[]           NOT NULL CHECK (kinds <@ '{movie,series}'),
    is_4k        boolean,
    genres_any   text[]           NOT NULL,
    genres_none  text[]           NOT NULL,
    languages    text[]           NOT NULL,
    year_from    integer          NOT NULL,
    year_to      integer          NOT NULL,
    rating_from  double precision NOT NULL,
    rating_to    double precision NOT NULL,
    size_from_gb double precision NOT NULL,
    size_to_gb   double precision NOT NULL,
    created_at   timestamptz      NOT NULL,
    updated_at   timestamptz      NOT NULL,
    version      integer          NOT NULL DEFAULT 1 CHECK (version > 0),
    CHECK (approves OR fulfiller_id IS NOT NULL OR profile_id > 0 OR folder <> ''
           OR tags <> '{}')
);

CREATE UNIQUE INDEX request_rules_by_name ON request_rules (lower(name));

-- One row, which every change of the rules raises in its transaction: it makes those
-- who change them take turns, and tells who remembers them whether they are of now.
CREATE TABLE request_rules_version (
    is_the_only_one boolean PRIMARY KEY DEFAULT true CHECK (is_the_only_one),
    version         integer NOT NULL
);

INSERT INTO request_rules_version (version) VALUES (1);

CREATE FUNCTION raise_request_rules_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE request_rules_version SET version = version + 1;
    RETURN NULL;
END
$$;

CREATE TRIGGER request_rules_versioned
   AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON request_rules
   FOR EACH STATEMENT EXECUTE FUNCTION raise_request_rules_version();

-- migrate:down
DROP TABLE request_rules;
DROP FUNCTION raise_request_rules_version;
DROP TABLE request_rules_version;
