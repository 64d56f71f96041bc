-- Is there room for :clients connections, the number of option --:option and :fixed others, of
-- which :listeners are listeners? Returns one row: the number of connections left, and a sentence
-- that says what limits it and what to do. Two more are the runner's own during a load: this one
-- and the observer's. Superusers may have them among those that are reserved.
SELECT least(server.room, role.room, database.room) AS room,
       CASE least(server.room, role.room, database.room)
           WHEN server.room THEN format(
               'the server has room for %s (max_connections is %s, %s of them reserved, %s in use%s); set max_connections to %s or more and restart the server, or run with %s',
               greatest(server.room, 0), server.most, server.reserved, server.used,
               CASE WHEN server.own > 0 THEN format(', %s for perfkit itself', server.own) END,
               server.most + :clients - server.room,
               CASE WHEN server.room > :fixed OR :fixed = 0 THEN format('--%s %s', :'option', greatest(server.room - :fixed, 1))
                    WHEN server.room <= :listeners THEN 'fewer --listeners'
                    ELSE format('--pool %s', server.room - :listeners) END)
           WHEN role.room THEN format('role %I may have %s more; run: ALTER ROLE %1$I CONNECTION LIMIT %s', current_user,
                                      greatest(role.room, 0), :clients + role.used + 2)
           ELSE format('database %I may have %s more; run: ALTER DATABASE %1$I CONNECTION LIMIT %s', current_database(),
                       greatest(database.room, 0), :clients + database.used + 2) END AS advice
FROM (SELECT most, reserved, used, own, most - reserved - used - own AS room
      FROM (SELECT m.most, m.reserved, CASE WHEN m.is_super THEN greatest(2 - m.reserved, 0) ELSE 2 END AS own,
                   -- Most roles do not see the type of other roles' sessions.
                   (SELECT count(*) FROM pg_stat_activity
                    WHERE coalesce(backend_type, 'client backend') = 'client backend' AND datid IS NOT NULL
                      AND pid <> pg_backend_pid())::int AS used
            FROM (SELECT current_setting('max_connections')::int AS most,
                         current_setting('superuser_reserved_connections')::int
                         + coalesce(current_setting('reserved_connections', true)::int, 0) AS reserved, -- since 16
                         (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS is_super) AS m) AS setting) AS server,
     (SELECT r.rolconnlimit - s.used - 2 AS room, s.used
      FROM (SELECT CASE WHEN rolconnlimit < 0 OR rolsuper THEN 1000000 ELSE rolconnlimit END AS rolconnlimit
            FROM pg_roles WHERE rolname = current_user) AS r,
           (SELECT count(*)::int AS used FROM pg_stat_activity
            WHERE usename = current_user AND pid <> pg_backend_pid()) AS s) AS role,
     (SELECT CASE WHEN datconnlimit < 0 THEN 1000000 ELSE datconnlimit END - s.used - 2 AS room, s.used
      FROM pg_database,
           (SELECT count(*)::int AS used FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()) AS s
      WHERE datname = current_database()) AS database;
