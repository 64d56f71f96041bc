-- What a session is, for connections through a pool to be the same, as one JSON object: role,
-- database and settings. connect_query: a query that sets what this session's startup options and
-- environment have set, null if that is nothing. environment: the same for what pgbouncer passes on
-- from each of its clients. custom: settings of the names in :custom, which the server does not
-- list. Settings of other contexts cannot differ between sessions, or not be set later.
WITH listed AS (
    SELECT name, pg_catalog.current_setting(name) AS value, source OPERATOR(pg_catalog.=) 'client' AS asked_for
    FROM pg_catalog.pg_settings
    WHERE context OPERATOR(pg_catalog.=) ANY (ARRAY['user', 'superuser'])
      AND name OPERATOR(pg_catalog.<>) 'application_name'
), custom AS (
    SELECT name, pg_catalog.current_setting(name, true) AS value
    FROM pg_catalog.json_array_elements_text(:'custom'::pg_catalog.json) AS c (name)
), passed_on (name, variable) AS (
    VALUES ('client_encoding', 'PGCLIENTENCODING'), ('DateStyle', 'PGDATESTYLE'), ('TimeZone', 'PGTZ')
)
SELECT pg_catalog.json_build_object(
    'role', current_user, 'database', pg_catalog.current_database(),
    'settings', (SELECT pg_catalog.json_object_agg(name, value) FROM listed),
    'custom', (SELECT coalesce(pg_catalog.json_object_agg(name, value), '{}') FROM custom),
    'connect_query', (SELECT 'SELECT ' OPERATOR(pg_catalog.||)
                             pg_catalog.string_agg(pg_catalog.format('pg_catalog.set_config(%L::pg_catalog.text, %L::pg_catalog.text, false)',
                                                                     name, value), ', ')
                      FROM (SELECT name, value FROM listed
                            WHERE asked_for AND NOT EXISTS (SELECT FROM passed_on p WHERE p.name OPERATOR(pg_catalog.=) listed.name)
                            UNION ALL
                            SELECT name, value FROM custom WHERE value IS NOT NULL) AS s),
    'environment', (SELECT coalesce(pg_catalog.json_object_agg(p.variable, l.value), '{}')
                    FROM listed l JOIN passed_on p ON p.name OPERATOR(pg_catalog.=) l.name WHERE l.asked_for));
