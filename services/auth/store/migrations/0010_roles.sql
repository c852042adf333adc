-- migrate:up
-- Permissions are words of bits, as they were given: what they imply is the domain's.
CREATE TABLE roles (
    name         text        PRIMARY KEY CHECK (name ~ '^[a-z][a-z0-9-]{0,31}$'),
    permissions  bigint      NOT NULL CHECK (permissions >= 0),
    movie_limit  integer     CHECK (movie_limit BETWEEN 0 AND 1000),
    movie_days   integer     CHECK (movie_days BETWEEN 1 AND 365),
    series_limit integer     CHECK (series_limit BETWEEN 0 AND 1000),
    series_days  integer     CHECK (series_days BETWEEN 1 AND 365),
    created_at   timestamptz NOT NULL DEFAULT now(),
    version      integer     NOT NULL DEFAULT 1 CHECK (version > 0),
    CONSTRAINT roles_movie_quota_check CHECK ((movie_limit IS NULL) = (movie_days IS NULL)),
    CONSTRAINT roles_series_quota_check CHECK ((series_limit IS NULL) = (series_days IS NULL)),
    -- Bit 1: everything, always.
    CONSTRAINT roles_fixed_check CHECK (name NOT IN ('owner', 'admin') OR permissions = 2)
);

-- viewer has VIEW_SERVICES and RECENT_VIEW; child REQUEST, REQUEST_MOVIE and
-- REQUEST_TV; friend both and CREATE_ISSUES; trusted AUTO_APPROVE and REQUEST_VIEW too.
INSERT INTO roles (name, permissions)
VALUES ('owner', 2),
       ('admin', 2),
       ('trusted', 2199095361696),
       ('friend', 2199095345184),
       ('child', 786464),
       ('viewer', 2199090364416);

ALTER TABLE users
 DROP CONSTRAINT users_role_check,
  ADD CONSTRAINT users_role_fkey FOREIGN KEY (role) REFERENCES roles (name);
ALTER TABLE invites
 DROP CONSTRAINT invites_role_check,
  ADD CONSTRAINT invites_role_check CHECK (role <> 'owner'),
  ADD CONSTRAINT invites_role_fkey FOREIGN KEY (role) REFERENCES roles (name);
CREATE INDEX users_by_role ON users (role);

-- A user with what the role grants.
CREATE VIEW accounts AS
SELECT users.id, users.name, users.email, users.role, users.suspended,
       users.created_at, users.invited_by, users.version,
       roles.permissions AS granted
  FROM users
  JOIN roles ON roles.name = users.role;

-- migrate:down
DROP VIEW accounts;
UPDATE users
   SET role = 'viewer'
 WHERE role NOT IN ('owner', 'admin', 'trusted', 'friend', 'child', 'viewer');
DELETE FROM invites
 WHERE role NOT IN ('admin', 'trusted', 'friend', 'child', 'viewer');
DROP INDEX users_by_role;
ALTER TABLE invites
 DROP CONSTRAINT invites_role_fkey,
 DROP CONSTRAINT invites_role_check,
  ADD CONSTRAINT invites_role_check CHECK (
        role IN ('admin', 'trusted', 'friend', 'child', 'viewer')
      );
ALTER TABLE users
 DROP CONSTRAINT users_role_fkey,
  ADD CONSTRAINT users_role_check CHECK (
        role IN ('owner', 'admin', 'trusted', 'friend', 'child', 'viewer')
      );
DROP TABLE roles;
