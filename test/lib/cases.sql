-- What a file of test/cases calls: one line of TAP for each expectation. See test/cases/README.md.
SET client_min_messages = warning;
SET TimeZone = 'UTC';
CREATE SCHEMA cases;
GRANT USAGE ON SCHEMA cases TO PUBLIC;

-- Statements of remedies run within a subtransaction, where CONCURRENTLY is not allowed.
CREATE FUNCTION cases.apply(statements text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    statement text;
BEGIN
    FOREACH statement IN ARRAY string_to_array(split_part(statements, ', or ', 1), '; ')
    LOOP
        EXECUTE replace(statement, ' CONCURRENTLY', '');
        -- An index on an expression has statistics only then.
        IF statement ~ '^CREATE INDEX ON .*\(\(' THEN
            EXECUTE 'ANALYZE ' || substring(statement FROM '^CREATE INDEX ON ([^ ]+)');
        END IF;
    END LOOP;
END $$;

-- What is wrong with the findings about a query; NULL if nothing is.
CREATE FUNCTION cases.fault(
    query text, cause text, also text[], index regclass, expected_index regclass, generic boolean, size_factor float8,
    min_rows bigint, remedy text, written text, rewritten text, remains text[])
RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    found record;
    n int := 0;
    fixed text;
    asserted text := query;
    problem text;
BEGIN
    FOR found IN SELECT * FROM perfkit_diagnose(query, expected_index, generic, size_factor, min_rows)
    LOOP
        n := n + 1;
        IF n = 1 AND found.cause IS DISTINCT FROM fault.cause THEN
            RETURN format('the first cause is %s: %s %s', found.cause, found.detail, found.remedy);
        ELSIF n = 1 AND fault.index IS NOT NULL AND found.index IS DISTINCT FROM fault.index THEN
            RETURN format('it is about index %s', found.index);
        ELSIF n > 1 AND NOT found.cause = ANY (also || fault.cause) THEN
            RETURN format('another cause is %s: %s %s', found.cause, found.detail, found.remedy);
        END IF;
        IF remedy = 'statements' AND found.remedy_sql ~ '^[A-Z]+ ' THEN
            fixed := concat_ws('; ', fixed, split_part(found.remedy_sql, ', or ', 1));
        ELSIF fixed IS NULL AND (remedy = 'statement' AND found.remedy_sql ~ '^[A-Z]+ ' OR remedy = 'condition' AND n = 1) THEN
            fixed := found.remedy_sql;
        END IF;
    END LOOP;
    IF n = 0 AND fault.cause IS NOT NULL THEN
        RETURN 'there is no finding';
    END IF;

    -- The remedy has to work, and not only to be said.
    IF remedy IS NOT NULL AND fixed IS NULL THEN
        RETURN format('there is no %s as a remedy', remedy);
    END IF;
    BEGIN
        IF remedy LIKE 'statement%' THEN
            PERFORM cases.apply(fixed);
        ELSIF remedy = 'condition' THEN
            asserted := replace(query, written, fixed);
            IF asserted = query THEN
                problem := 'the condition as written is not in the query';
            END IF;
        END IF;
        IF rewritten IS NOT NULL THEN
            asserted := rewritten;
        END IF;
        IF problem IS NULL AND (remedy IS NOT NULL OR rewritten IS NOT NULL) THEN
            SELECT format('with the remedy (%s), the first cause is %s: %s', fixed, d.cause, d.detail) INTO problem
            FROM perfkit_diagnose(asserted, generic => generic, size_factor => size_factor, min_rows => min_rows) d
            WHERE d.cause = fault.cause OR NOT (d.cause IN ('whole_table', 'small_table') OR d.cause = ANY (remains)
                -- With right estimates, the planner may well be right to read a table.
                OR d.cause = 'large_share' AND fault.cause ~ '^(statistics_|n_distinct|dependent_columns)') LIMIT 1;
        END IF;
        RAISE EXCEPTION 'undo' USING ERRCODE = 'UT000';
    EXCEPTION
        WHEN SQLSTATE 'UT000' THEN NULL;
        WHEN OTHERS THEN problem := format('the remedy (%s) fails: %s', fixed, SQLERRM);
    END;
    RETURN problem;
END $$;

CREATE FUNCTION cases.expect(
    query text, cause text, also text[] = '{}', index regclass = NULL, expected_index regclass = NULL, generic boolean = false,
    size_factor float8 = 1, min_rows bigint = 0, remedy text = NULL, written text = NULL, rewritten text = NULL, remains text[] = '{}', todo text = NULL)
RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    problem text;
    problem_without text;
BEGIN
    IF EXISTS (SELECT FROM pg_extension WHERE extname = 'hypopg') THEN
        PERFORM set_config('hypopg.enabled', 'off', false);
        problem_without := cases.fault(query, cause, also, index, expected_index, generic, size_factor, min_rows, NULL, NULL, NULL, '{}');
        PERFORM set_config('hypopg.enabled', 'on', false);
    END IF;
    -- Last, since ANALYZE as a remedy changes pg_class for good.
    problem := cases.fault(query, cause, also, index, expected_index, generic, size_factor, min_rows, remedy, written, rewritten, remains);
    RETURN format('%s - %s: %s%s%s',
        CASE WHEN coalesce(problem, problem_without) IS NULL THEN 'ok' ELSE 'not ok' END,
        coalesce(cause, 'nothing'), replace(query, E'\n', ' '), ' # TODO ' || todo,
        E'\n# ' || replace(coalesce(problem, 'without hypopg: ' || problem_without), E'\n', ' '));
END $$;

-- An estimate that is wrong, and right after the statement that the assertion's hint names;
-- "statement" is a pattern of LIKE.
CREATE FUNCTION cases.expect_estimates(query text, statement text, parameters text[] = NULL, todo text = NULL) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    hint text;
    named text;
    problem text;
BEGIN
    BEGIN
        PERFORM perfkit_assert_estimates(query, 3, parameters);
        problem := 'the assertion passes';
    EXCEPTION WHEN assert_failure THEN
        GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    END;
    named := substring(hint FROM '(?:ANALYZE|CREATE STATISTICS|ALTER TABLE)[^,]*(?:, [a-z_]+)*(?: FROM [^,;]*)?(?:; ANALYZE [^,]*)?');
    IF named NOT LIKE statement OR named IS NULL THEN
        problem := coalesce(problem, format('the hint is: %s', hint));
    END IF;
    BEGIN
        IF problem IS NULL THEN
            PERFORM cases.apply(named);
            PERFORM perfkit_assert_estimates(query, 3, parameters);
        END IF;
        RAISE EXCEPTION 'undo' USING ERRCODE = 'UT000';
    EXCEPTION
        WHEN SQLSTATE 'UT000' THEN NULL;
        WHEN OTHERS OR assert_failure THEN problem := format('with the remedy (%s): %s', named, SQLERRM);
    END;
    RETURN format('%s - %s: %s%s%s', CASE WHEN problem IS NULL THEN 'ok' ELSE 'not ok' END, statement, query, ' # TODO ' || todo,
        E'\n# ' || problem);
END $$;
