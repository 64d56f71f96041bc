-- Exports: a whole run as JSON, for a file that lives in a repository, and back.
--
-- The format has a version of its own. A column that is new in perfkit_runs appears in exports by
-- itself; bench/formats/run.schema.json, which documents them, has to learn it
-- (test/t/063_exports.pl).

CREATE FUNCTION perfkit_run_document(run_id bigint) RETURNS jsonb
LANGUAGE sql STABLE PARALLEL RESTRICTED
SET timezone = 'UTC'
SET intervalstyle = 'iso_8601'
SET datestyle = 'ISO, MDY'
SET extra_float_digits = 1
SET jit = off
BEGIN ATOMIC
    WITH counted AS (
        SELECT s.stage, s.scenario, s.second, s.succeeded, s.failed, s.skipped, s.retries, s.latency_sum_us,
               s.lag_sum_us, s.longest_us, s.latencies, s.lags, s.services
        FROM perfkit_run_seconds s
        WHERE s.run_id = perfkit_run_document.run_id
        UNION ALL
        -- Of a run that was stored by hand there may be nothing else.
        SELECT t.stage, t.scenario, pg_catalog.date_trunc('second', t.finished_at), pg_catalog.count(t.latency_us),
               pg_catalog.count(*) FILTER (WHERE t.latency_us IS NULL AND t.failure IS DISTINCT FROM 'skipped'),
               pg_catalog.count(*) FILTER (WHERE t.latency_us IS NULL AND t.failure = 'skipped'),
               pg_catalog.sum(t.retries)::bigint, pg_catalog.sum(t.latency_us)::bigint,
               (pg_catalog.sum(t.schedule_lag_us) FILTER (WHERE t.latency_us IS NOT NULL))::bigint,
               pg_catalog.max(t.latency_us), perfkit_histogram_agg(t.latency_us),
               perfkit_histogram_agg(t.schedule_lag_us) FILTER (WHERE t.latency_us IS NOT NULL),
               perfkit_histogram_agg(t.latency_us - t.schedule_lag_us)
        FROM perfkit_run_transactions t
        WHERE t.run_id = perfkit_run_document.run_id
          AND NOT EXISTS (SELECT FROM perfkit_run_seconds s WHERE s.run_id = perfkit_run_document.run_id)
        GROUP BY t.stage, t.scenario, pg_catalog.date_trunc('second', t.finished_at)
    ), merged AS (
        -- A log may have been loaded in parts.
        SELECT c.stage, c.scenario, c.second, pg_catalog.sum(c.succeeded) AS succeeded, pg_catalog.sum(c.failed) AS failed,
               pg_catalog.sum(c.skipped) AS skipped, pg_catalog.sum(c.retries) AS retries,
               pg_catalog.sum(c.latency_sum_us) AS latency_sum_us, pg_catalog.sum(c.lag_sum_us) AS lag_sum_us,
               pg_catalog.max(c.longest_us) AS longest_us, perfkit_histogram_agg(c.latencies) AS latencies,
               perfkit_histogram_agg(c.lags) AS lags, perfkit_histogram_agg(c.services) AS services
        FROM counted c
        GROUP BY c.stage, c.scenario, c.second
    )
    SELECT pg_catalog.jsonb_build_object(
        'format', 'perfkit run', 'version', 1,
        'run', (SELECT pg_catalog.jsonb_object_agg(c.key, c.value)
                FROM perfkit_run(perfkit_run_document.run_id) r
                     CROSS JOIN LATERAL pg_catalog.jsonb_each(pg_catalog.to_jsonb(r)) AS c (key, value)
                WHERE c.key NOT IN ('run_id', 'budgets') AND c.value <> 'null'::jsonb),
        'invariants', coalesce((SELECT pg_catalog.jsonb_agg(pg_catalog.to_jsonb(i) - 'run_id'::text ORDER BY i.invariant COLLATE "C")
                                FROM perfkit_run_invariants i WHERE i.run_id = perfkit_run_document.run_id), '[]'::jsonb),
        'seconds', coalesce((SELECT pg_catalog.jsonb_agg(
                                        pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object(
                                            'stage', m.stage, 'scenario', m.scenario,
                                            'second', extract(epoch FROM m.second)::bigint,
                                            'succeeded', m.succeeded, 'failed', m.failed, 'skipped', m.skipped,
                                            'retries', m.retries, 'latency_sum_us', m.latency_sum_us,
                                            'lag_sum_us', m.lag_sum_us, 'longest_us', m.longest_us,
                                            'latencies', m.latencies::text, 'lags', m.lags::text,
                                            'services', m.services::text))
                                        ORDER BY m.second, m.stage, m.scenario)
                             FROM merged m), '[]'::jsonb));
END;

COMMENT ON FUNCTION perfkit_run_document(bigint) IS
'What perfkit_export_run() returns, without budgets.
Errors: 42704 no such run, 22004 run_id is null';

CREATE FUNCTION perfkit_export_run(run_id bigint) RETURNS jsonb
LANGUAGE sql STABLE PARALLEL RESTRICTED
SET extra_float_digits = 1
BEGIN ATOMIC
    SELECT perfkit_run_document(perfkit_export_run.run_id)
           || pg_catalog.jsonb_build_object(
                  'budgets', coalesce(pg_catalog.jsonb_agg(pg_catalog.to_jsonb(b) ORDER BY b.scenario COLLATE "C", b.metric COLLATE "C"),
                                      '[]'::jsonb))
    FROM (SELECT DISTINCT v.scenario, v.metric, v.limit_value
          FROM perfkit_run_verdicts(perfkit_export_run.run_id) v) AS b;
END;

COMMENT ON FUNCTION perfkit_export_run(bigint) IS
'The whole run as a JSON document, which perfkit_import_run() takes; it can live in a repository.
run: the row of perfkit_runs without run_id. budgets: those that the run is judged by, so that they
come with it. invariants: as in perfkit_run_invariants. seconds: as in perfkit_run_seconds, rows of
the same second added up, second in seconds since 1970. What is NULL is left out. The rows of
perfkit_run_transactions are not part of it; of a run that has nothing else, they are counted first,
so that percentiles are then to within 0.1 %.
bench/formats/run.schema.json (installed) is the format''s JSON Schema. Every later perfkit can import
it.
Errors: 42704 no such run, 22004 run_id is null';

CREATE FUNCTION perfkit_check_export(document jsonb) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    newest CONSTANT int := 1;
    fact record;
BEGIN
    IF document IS NULL THEN
        RAISE '"document" must not be null' USING ERRCODE = 'null_value_not_allowed';
    ELSIF jsonb_typeof(document) <> 'object' OR document -> 'format' IS DISTINCT FROM '"perfkit run"'::jsonb THEN
        RAISE 'this is not an exported run'
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = CASE WHEN jsonb_typeof(document) <> 'object' THEN format('It is of type %s.', jsonb_typeof(document))
                                WHEN NOT document ? 'format' THEN 'Its member "format" is missing.'
                                ELSE format('Its member "format" is %s.', left((document -> 'format')::text, 60)) END,
                  HINT = CASE WHEN jsonb_typeof(document) = 'object' AND document ?& '{run_id,workload,summary}'
                              THEN 'It looks like a run.json, which has no seconds; use perfkit_export_run() or perfkit export.'
                              ELSE 'Import what perfkit_export_run() or perfkit export has written.' END;
    ELSIF jsonb_typeof(document -> 'version') IS DISTINCT FROM 'number' OR (document ->> 'version')::numeric NOT BETWEEN 1 AND newest THEN
        RAISE 'the export has version %, which this perfkit cannot read', coalesce(left((document -> 'version')::text, 60), 'unknown')
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = format('This perfkit reads versions 1 to %s.', newest),
                  HINT = 'If a newer perfkit has written it, update this one.';
    END IF;

    -- Members: whether they are there, and of the right type; then what is not known.
    FOR fact IN
        WITH member (part, name, type, needed) AS (VALUES
            ('document', 'format', 'string', true), ('document', 'version', 'number', true), ('document', 'run', 'object', true),
            ('document', 'budgets', 'array', true), ('document', 'invariants', 'array', true), ('document', 'seconds', 'array', true),
            ('run', 'workload', 'string', true), ('run', 'label', 'string', false), ('run', 'started_at', 'string', true),
            ('run', 'duration', 'string', true), ('run', 'clients', 'count', true), ('run', 'data_rows', 'count', false),
            ('run', 'scenarios', 'array', true), ('run', 'environment', 'object', true), ('run', 'pgbench', 'object', false),
            ('run', 'index_checks', 'array', false), ('run', 'observed', 'object', false), ('run', 'work', 'object', false),
            ('run', 'notifications', 'object', false),
            ('budgets', 'scenario', 'string', true), ('budgets', 'metric', 'string', true), ('budgets', 'limit_value', 'number', true),
            ('invariants', 'invariant', 'string', true), ('invariants', 'ok', 'boolean', true), ('invariants', 'detail', 'string or null', false),
            ('seconds', 'stage', 'count', true), ('seconds', 'scenario', 'count', true), ('seconds', 'second', 'count', true),
            ('seconds', 'succeeded', 'count', true), ('seconds', 'failed', 'count', true), ('seconds', 'skipped', 'count', true),
            ('seconds', 'retries', 'count', true), ('seconds', 'latency_sum_us', 'count', false), ('seconds', 'lag_sum_us', 'count', false),
            ('seconds', 'longest_us', 'count', false), ('seconds', 'latencies', 'string', false), ('seconds', 'lags', 'string', false),
            ('seconds', 'services', 'string', false)
        ), object AS (
            SELECT 1 AS place, 'document' AS part, 0::bigint AS position, document AS value
            UNION ALL
            SELECT 2, 'run', 0, CASE WHEN jsonb_typeof(document -> 'run') = 'object' THEN document -> 'run' END
            UNION ALL
            SELECT p.place, p.part, e.position, e.value
            FROM (VALUES (3, 'budgets'), (4, 'invariants'), (5, 'seconds')) AS p (place, part)
                 CROSS JOIN LATERAL jsonb_array_elements(CASE WHEN jsonb_typeof(document -> p.part) = 'array'
                                                              THEN document -> p.part ELSE '[]' END)
                     WITH ORDINALITY AS e (value, position)
        )
        SELECT o.place, o.position, CASE WHEN o.position > 0 THEN format('%s[%s]', o.part, o.position) ELSE o.part END AS part,
               f.name, f.fault
        FROM object o
             CROSS JOIN LATERAL (
                 SELECT 0 AS rank, NULL AS name, format('It is of type %s, not an object.', jsonb_typeof(o.value)) AS fault
                 WHERE jsonb_typeof(o.value) <> 'object'
                 UNION ALL
                 SELECT 1, m.name, CASE WHEN NOT o.value ? m.name THEN 'It is missing.'
                                        WHEN m.type = 'count' THEN format('It is %s, not a whole number from 0 to 9223372036854775807.',
                                                                          left((o.value -> m.name)::text, 60))
                                        ELSE format('It is of type %s, not %s.', jsonb_typeof(o.value -> m.name), m.type) END
                 FROM member m
                 WHERE m.part = o.part AND jsonb_typeof(o.value) = 'object'
                   AND CASE WHEN NOT o.value ? m.name THEN m.needed
                            WHEN m.type = 'count'
                            THEN jsonb_typeof(o.value -> m.name) <> 'number'
                                 OR (o.value ->> m.name)::numeric NOT BETWEEN 0 AND 9223372036854775807
                                 OR (o.value ->> m.name)::numeric <> trunc((o.value ->> m.name)::numeric)
                            WHEN m.type = 'string or null' THEN jsonb_typeof(o.value -> m.name) NOT IN ('string', 'null')
                            ELSE jsonb_typeof(o.value -> m.name) <> m.type END
                 UNION ALL
                 -- perfkit_runs may have more columns than are listed.
                 SELECT 2, k.key, 'There is no such member.'
                 FROM jsonb_object_keys(CASE WHEN jsonb_typeof(o.value) = 'object' THEN o.value ELSE '{}' END) AS k (key)
                 WHERE o.part <> 'run' AND NOT EXISTS (SELECT FROM member m WHERE m.part = o.part AND m.name = k.key)) AS f
        WHERE o.value IS NOT NULL
        ORDER BY o.place, o.position, f.rank, f.name COLLATE "C"
        LIMIT 1
    LOOP
        RAISE 'the export is damaged: % is not valid', concat_ws('.', fact.part, fact.name)
            USING ERRCODE = 'invalid_parameter_value', DETAIL = fact.fault, HINT = 'Export the run again, and do not edit the file.';
    END LOOP;
    FOR fact IN
        SELECT e.position, CASE WHEN (e.value ->> 'scenario')::numeric NOT BETWEEN 1 AND jsonb_array_length(document #> '{run,scenarios}'::text[])
                                THEN format('Its scenario is %s, and the run has %s.', e.value ->> 'scenario',
                                            jsonb_array_length(document #> '{run,scenarios}'::text[]))
                                WHEN (e.value ->> 'stage')::numeric NOT BETWEEN 1 AND 32767
                                THEN format('Its stage is %s.', e.value ->> 'stage')
                                -- The year 9999, which every timestamp holds.
                                WHEN (e.value ->> 'second')::numeric > 253402300799 THEN format('Its second is %s.', e.value ->> 'second')
                                WHEN (e.value ->> 'succeeded')::numeric > 0 AND NOT e.value ?& '{latencies,latency_sum_us,longest_us}'
                                THEN format('%s transactions succeeded, and their latencies are missing.', e.value ->> 'succeeded') END AS fault
        FROM jsonb_array_elements(document -> 'seconds') WITH ORDINALITY AS e (value, position)
    LOOP
        IF fact.fault IS NOT NULL THEN
            RAISE 'the export is damaged: seconds[%] is not valid', fact.position
                USING ERRCODE = 'invalid_parameter_value', DETAIL = fact.fault, HINT = 'Export the run again, and do not edit the file.';
        END IF;
    END LOOP;
    RETURN true;
END
$$;

COMMENT ON FUNCTION perfkit_check_export(jsonb) IS
'Returns true for what perfkit_import_run() can read, and raises an error for anything else.
Values that only their types can tell to be valid, such as histograms, are checked by the import.
Errors: 22023 not an export, of another version, or damaged, 22004 document is null';

CREATE FUNCTION perfkit_import_run(document jsonb) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
SET intervalstyle = 'iso_8601'
SET datestyle = 'ISO, MDY'
AS $$
DECLARE
    -- The extension may be moved, so its schema is not known before.
    home text := (SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
                  WHERE e.extname = 'perfkit');
    measured CONSTANT text[] := '{workload,started_at,duration,clients,data_rows,scenarios,pgbench}';
    new_id bigint;
    stored jsonb;
    problem text;
    fact record;
BEGIN
    EXECUTE format('SELECT %s.perfkit_check_export($1)', home) USING document;
    -- Two that import the same run at once would both find that it is missing.
    PERFORM pg_advisory_xact_lock(hashtextextended('perfkit ' || (document #>> '{run,started_at}'::text[]), 0));
    BEGIN
        FOR fact IN EXECUTE format('SELECT r.run_id FROM %s.perfkit_runs r WHERE r.workload = $1 AND r.started_at = $2 ORDER BY r.run_id', home)
            USING document #>> '{run,workload}'::text[], (document #>> '{run,started_at}'::text[])::timestamptz
        LOOP
            EXECUTE format('SELECT %s.perfkit_run_document($1)', home) INTO stored USING fact.run_id;
            IF stored -> 'seconds' = document -> 'seconds'
               AND NOT EXISTS (SELECT FROM unnest(measured) AS m (name)
                               WHERE stored -> 'run' -> m.name IS DISTINCT FROM document -> 'run' -> m.name) THEN
                RETURN fact.run_id;
            END IF;
        END LOOP;
        EXECUTE (
            SELECT format('INSERT INTO %1$s.perfkit_runs (budgets, %2$s) SELECT CASE WHEN $2 <> ''[]'' THEN $2 END, %2$s '
                          'FROM jsonb_populate_record(NULL::%1$s.perfkit_runs, $1) RETURNING run_id',
                          home, string_agg(quote_ident(k.key), ', '))
            FROM jsonb_object_keys(document -> 'run') AS k (key)
            WHERE k.key IN (SELECT a.attname FROM pg_attribute a
                            WHERE a.attrelid = format('%s.perfkit_runs', home)::regclass AND a.attnum > 0 AND NOT a.attisdropped)
              AND k.key NOT IN ('run_id', 'budgets'))
            INTO new_id USING document -> 'run', document -> 'budgets';
        EXECUTE format('INSERT INTO %1$s.perfkit_run_seconds (run_id, stage, scenario, second, succeeded, failed, skipped, retries, '
                       'latency_sum_us, lag_sum_us, longest_us, latencies, lags, services) '
                       'SELECT $1, s.stage, s.scenario, to_timestamp(s.second), s.succeeded, s.failed, s.skipped, s.retries, '
                       's.latency_sum_us, s.lag_sum_us, s.longest_us, s.latencies, s.lags, s.services '
                       'FROM jsonb_to_recordset($2) AS s (stage smallint, scenario smallint, second bigint, succeeded bigint, '
                       'failed bigint, skipped bigint, retries bigint, latency_sum_us bigint, lag_sum_us bigint, longest_us bigint, '
                       'latencies %1$s.perfkit_histogram, lags %1$s.perfkit_histogram, services %1$s.perfkit_histogram)', home)
            USING new_id, document -> 'seconds';
        EXECUTE format('INSERT INTO %s.perfkit_run_invariants (run_id, invariant, ok, detail) SELECT $1, i.invariant, i.ok, i.detail '
                       'FROM jsonb_to_recordset($2) AS i (invariant text, ok boolean, detail text)', home)
            USING new_id, document -> 'invariants';
        -- What has been stored must be what the document says, and can be judged.
        EXECUTE format('SELECT %s.perfkit_run_document($1)', home) INTO stored USING new_id;
        EXECUTE format('SELECT verdict FROM %s.perfkit_run_verdict($1)', home) USING new_id;
        EXECUTE format('SELECT format(''seconds[%%s]: "%%s" counts %%s of %%s transactions'', s.position, h.name, h.counted, s.succeeded) '
                       'FROM (SELECT row_number() OVER (ORDER BY second, stage, scenario) AS position, * '
                       'FROM %1$s.perfkit_run_seconds WHERE run_id = $1) AS s '
                       'CROSS JOIN LATERAL (VALUES (1, ''latencies'', coalesce(%1$s.perfkit_count(s.latencies, NULL::bigint, NULL::bigint), 0::bigint)), '
                       '(2, ''lags'', %1$s.perfkit_count(s.lags, NULL::bigint, NULL::bigint)), '
                       '(3, ''services'', %1$s.perfkit_count(s.services, NULL::bigint, NULL::bigint))) AS h (place, name, counted) '
                       'WHERE h.counted <> s.succeeded ORDER BY s.position, h.place LIMIT 1', home)
            INTO problem USING new_id;
    EXCEPTION WHEN data_exception OR integrity_constraint_violation OR undefined_object THEN
        RAISE 'the export is damaged: it has a value that cannot be read'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = format('The server says: %s.', SQLERRM),
                  HINT = 'Export the run again, and do not edit the file.';
    END;
    IF problem IS NULL AND stored <> document - 'budgets' THEN
        problem := (
            SELECT string_agg(DISTINCT d.place, ', ')
            FROM (SELECT 'run.' || k.key AS place
                  FROM (SELECT jsonb_object_keys(stored -> 'run') UNION SELECT jsonb_object_keys(document -> 'run')) AS k (key)
                  WHERE stored -> 'run' -> k.key IS DISTINCT FROM document -> 'run' -> k.key
                  UNION ALL
                  SELECT p.part FROM unnest('{invariants,seconds}'::text[]) AS p (part)
                  WHERE stored -> p.part <> document -> p.part) AS d) || ' would not be stored as written';
    END IF;
    IF problem IS NOT NULL THEN
        RAISE 'the export is damaged: what it says would not be what is stored'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = problem || '.', HINT = 'Export the run again, and do not edit the file.';
    END IF;
    RETURN new_id;
END
$$;

COMMENT ON FUNCTION perfkit_import_run(jsonb) IS
'Stores a run that perfkit_export_run() has written, here or elsewhere, and returns its number.
The run gets a new number. One that is there already, under whatever number, is not stored twice:
its number is returned. It is the same if workload, start, duration, clients, rows, scenarios,
pgbench''s report and all seconds are equal; label, environment, budgets and what else is known of it
may have changed since. The budgets of the document become the run''s own (perfkit_runs.budgets); the
rows of perfkit_budgets for other scenarios and metrics apply to it as to all runs. Nothing is stored
if the document is not valid.
Takes the privileges INSERT and SELECT on perfkit_runs, perfkit_run_seconds and
perfkit_run_invariants.
Errors: 22023 not an export, of another version, or damaged, 22004 document is null';
