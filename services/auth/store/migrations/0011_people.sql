-- migrate:up
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- A limit without days is none of one's own: then the role's holds.
ALTER TABLE users
  ADD COLUMN kind           text     NOT NULL DEFAULT 'person',
  ADD COLUMN display_name   text     NOT NULL DEFAULT '',
  ADD COLUMN locale         text     NOT NULL DEFAULT '',
  ADD COLUMN max_rating_age smallint,
  ADD COLUMN movie_limit    integer,
  ADD COLUMN movie_days     integer,
  ADD COLUMN series_limit   integer,
  ADD COLUMN series_days    integer,
  ADD COLUMN library_ids    uuid[]   NOT NULL DEFAULT '{}',
  ADD COLUMN searched       text     GENERATED ALWAYS AS (
        lower(name::text || ' ' || coalesce(email::text, '') || ' ' || display_name)
      ) STORED,
  ADD CONSTRAINT users_kind_check CHECK (kind IN ('person', 'program')),
  ADD CONSTRAINT users_display_name_check CHECK (length(display_name) <= 64),
  ADD CONSTRAINT users_locale_check CHECK (locale ~ '^[A-Za-z0-9-]{0,35}$'),
  ADD CONSTRAINT users_max_rating_age_check CHECK (max_rating_age BETWEEN 0 AND 21),
  ADD CONSTRAINT users_movie_quota_check CHECK (
        (movie_limit IS NULL) = (movie_days IS NULL)
        AND movie_limit BETWEEN 0 AND 1000
        AND movie_days BETWEEN 1 AND 365
      ),
  ADD CONSTRAINT users_series_quota_check CHECK (
        (series_limit IS NULL) = (series_days IS NULL)
        AND series_limit BETWEEN 0 AND 1000
        AND series_days BETWEEN 1 AND 365
      ),
  ADD CONSTRAINT users_library_ids_check CHECK (cardinality(library_ids) <= 50),
  ADD CONSTRAINT users_program_check CHECK (kind = 'person' OR role <> 'owner'),
  ADD CONSTRAINT users_id_kind_key UNIQUE (id, kind);

CREATE INDEX users_by_words ON users USING gin (searched gin_trgm_ops);
-- Of one or two letters there are no trigrams.
CREATE INDEX users_by_first_letters ON users (lower(name::text) COLLATE "C");
DROP INDEX users_by_inviter;
CREATE INDEX users_by_inviter ON users (invited_by, id) WHERE invited_by IS NOT NULL;

-- A program has neither a password nor a session.
ALTER TABLE passwords
  ADD COLUMN of_kind text NOT NULL DEFAULT 'person' CHECK (of_kind = 'person'),
  ADD CONSTRAINT passwords_of_kind_fkey FOREIGN KEY (user_id, of_kind)
      REFERENCES users (id, kind) ON DELETE CASCADE;
ALTER TABLE sessions
  ADD COLUMN of_kind text NOT NULL DEFAULT 'person' CHECK (of_kind = 'person'),
  ADD CONSTRAINT sessions_of_kind_fkey FOREIGN KEY (user_id, of_kind)
      REFERENCES users (id, kind) ON DELETE CASCADE;

DROP VIEW accounts;
CREATE VIEW accounts AS
SELECT users.id, users.name, users.email, users.role, users.suspended,
       users.created_at, users.invited_by, users.version, users.kind,
       users.display_name, users.locale, users.max_rating_age, users.library_ids,
       users.movie_limit, users.movie_days, users.series_limit, users.series_days,
       coalesce(users.movie_limit, roles.movie_limit) AS allowed_movie_limit,
       coalesce(users.movie_days, roles.movie_days) AS allowed_movie_days,
       coalesce(users.series_limit, roles.series_limit) AS allowed_series_limit,
       coalesce(users.series_days, roles.series_days) AS allowed_series_days,
       users.searched, roles.permissions AS granted
  FROM users
  JOIN roles ON roles.name = users.role;

-- migrate:down
DROP VIEW accounts;
ALTER TABLE sessions
 DROP COLUMN of_kind;
ALTER TABLE passwords
 DROP COLUMN of_kind;
DROP INDEX users_by_inviter;
CREATE INDEX users_by_inviter ON users (invited_by) WHERE invited_by IS NOT NULL;
DROP INDEX users_by_first_letters;
DELETE FROM users WHERE kind = 'program';
ALTER TABLE users
 DROP COLUMN searched,
 DROP COLUMN library_ids,
 DROP COLUMN series_days,
 DROP COLUMN series_limit,
 DROP COLUMN movie_days,
 DROP COLUMN movie_limit,
 DROP COLUMN max_rating_age,
 DROP COLUMN locale,
 DROP COLUMN display_name,
 DROP CONSTRAINT users_id_kind_key,
 DROP COLUMN kind;
CREATE VIEW accounts AS
SELECT users.id, users.name, users.email, users.role, users.suspended,
       users.created_at, users.invited_by, users.version,
       roles.permissions AS granted
  FROM users
  JOIN roles ON roles.name = users.role;
