-- Last, so that the rows inserted so far count as shipped: from here on a row that is written is a user's. An upgrade script that
-- changes shipped rows disables the triggers meanwhile.

CREATE FUNCTION perfkit_keep_user_edits() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- A row a user writes is the user's: only such rows are dumped. Shipped rows are made anew by CREATE EXTENSION.
    NEW.shipped := false;
    IF TG_OP = 'INSERT' THEN
        EXECUTE format('DELETE FROM %I.%I t WHERE t.shipped AND %s', TG_TABLE_SCHEMA, TG_TABLE_NAME,
                       (SELECT string_agg(format('t.%1$I = ($1).%1$I', key_column), ' AND ')
                        FROM unnest(TG_ARGV) key_column))
            USING NEW;
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION perfkit_keep_user_edits() IS
'Trigger of perfkit''s configuration tables; its arguments are the key columns. A row inserted by a user takes the place of the shipped row with the same key, and an updated row counts as the user''s, so that pg_dump keeps both (it leaves out shipped rows, which CREATE EXTENSION makes again).';

CREATE TRIGGER perfkit_keep_user_edits BEFORE INSERT OR UPDATE ON perfkit_index_checks
    FOR EACH ROW EXECUTE FUNCTION perfkit_keep_user_edits('workload', 'check_name');
SELECT pg_catalog.pg_extension_config_dump('perfkit_index_checks', 'WHERE NOT shipped');
GRANT SELECT ON perfkit_index_checks TO PUBLIC;

CREATE TRIGGER perfkit_keep_user_edits BEFORE INSERT OR UPDATE ON perfkit_budgets
	FOR EACH ROW EXECUTE FUNCTION perfkit_keep_user_edits('workload', 'scenario', 'metric');

SELECT pg_catalog.pg_extension_config_dump('perfkit_budgets', 'WHERE NOT shipped');
GRANT SELECT ON perfkit_budgets TO PUBLIC;
