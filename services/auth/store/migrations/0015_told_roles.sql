-- migrate:up
-- What roles grant is told from now on: those that are there are told of once more, as
-- if they were new, for nothing has changed, and who has them.
INSERT INTO outbox (type, key, rooms, tags, data, occurred_at)
SELECT 'role.created', 'role:' || name, ARRAY['users'],
       ARRAY['roles', 'users', 'sessions', 'invites'],
       jsonb_build_object(
           'role', name,
           'permissions', coalesce(
               (SELECT jsonb_agg(bit ORDER BY bit)
                  FROM generate_series(0, 62) AS bit
                 WHERE permissions >> bit & 1 = 1), '[]')),
       now()
  FROM roles
 ORDER BY name;

INSERT INTO outbox (type, key, rooms, tags, data, occurred_at)
SELECT 'user.created', id::text, ARRAY['users', 'user:' || id], ARRAY['users'],
       jsonb_build_object(
           'userId', id, 'role', role, 'suspended', suspended,
           'libraryIds', to_jsonb(library_ids),
           'initial', coalesce(upper(substring(
               coalesce(nullif(display_name, ''), name::text) FROM '[[:alnum:]]')), '')),
       now()
  FROM users
 ORDER BY id;

-- migrate:down
UPDATE outbox
   SET data = data - 'permissions' - 'replacement'
 WHERE type IN ('role.created', 'role.changed', 'role.removed');
