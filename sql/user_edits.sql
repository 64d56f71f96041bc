-- This comes last, so that the rows inserted so far count as shipped: from now on, rows that are
-- written belong to a user. An upgrade script that changes shipped rows must disable the triggers.

CREATE FUNCTION perfkit_keep_user_edits() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    replaced bigint;
    changed text;
BEGIN
    -- A row that a user writes belongs to the user. Only such rows are dumped: CREATE EXTENSION
    -- creates the shipped rows again.
    NEW.shipped := false;
    IF TG_OP = 'INSERT' THEN
        EXECUTE format('DELETE FROM %I.%I t WHERE t.shipped AND %s', TG_TABLE_SCHEMA, TG_TABLE_NAME,
                       (SELECT string_agg(format('t.%1$I = ($1).%1$I', key_column), ' AND ')
                        FROM unnest(TG_ARGV) key_column))
            USING NEW;
        GET DIAGNOSTICS replaced = ROW_COUNT;
        NEW.replaces_shipped := replaced > 0;
        RETURN NEW;
    END IF;
    NEW.replaces_shipped := OLD.shipped OR OLD.replaces_shipped;
    changed := (SELECT string_agg(quote_ident(key_column), ', ')
                FROM unnest(TG_ARGV) key_column
                WHERE to_jsonb(OLD) -> key_column <> to_jsonb(NEW) -> key_column);
    IF NEW.replaces_shipped AND changed IS NOT NULL THEN
        RAISE 'cannot change the key of a row that ships with perfkit'
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  DETAIL = format(
                      'Changed: %s. A restore would create the row with its old key again.',
                      changed),
                  HINT = CASE WHEN to_jsonb(NEW) ? 'enabled'
                              THEN 'Set enabled to false, and insert a row of your own.'
                              ELSE 'Set limit_value to NULL, and insert a row of your own.' END;
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION perfkit_keep_user_edits() IS
'Trigger of perfkit''s configuration tables; its arguments are the key columns.
A row that a user inserts replaces the shipped row with the same key, and an updated row counts as
the user''s, so that pg_dump includes both (it omits shipped rows, which CREATE EXTENSION creates
again). The key of a shipped row cannot be changed.
Errors: 55000 the key of a shipped row would change.';

CREATE FUNCTION perfkit_keep_added_by() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    shipped_with oid;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        -- A change of other columns than the query does not change its writer, but a query that was
        -- only planned must not be run as its writer on behalf of somebody else.
        IF NEW.added_by::oid = OLD.added_by::oid AND NEW.query = OLD.query
           AND (NEW.max_rows_removed IS NULL OR OLD.max_rows_removed IS NOT NULL) THEN
            RETURN NEW;
        END IF;
        IF NEW.added_by::oid = OLD.added_by::oid THEN
            NEW.added_by := current_user;
        END IF;
    ELSE
        -- An edited shipped row may be restored with a role of another server, although its query
        -- is perfkit's.
        EXECUTE format('SELECT t.added_by::oid FROM %I.%I t '
                       'WHERE t.shipped AND t.workload = $1 AND t.check_name = $2 AND t.query = $3 '
                       'AND ($4 IS NULL OR t.max_rows_removed IS NOT NULL)',
                       TG_TABLE_SCHEMA, TG_TABLE_NAME)
            INTO shipped_with USING NEW.workload, NEW.check_name, NEW.query, NEW.max_rows_removed;
        IF shipped_with IS NOT NULL THEN
            NEW.added_by := pg_get_userbyid(shipped_with);
            RETURN NEW;
        END IF;
    END IF;
    NEW.added_by := coalesce(NEW.added_by::text, current_user);
    IF NEW.added_by::oid <> 0 AND NOT pg_has_role(NEW.added_by::oid, 'USAGE') THEN
        -- An error would undo the whole COPY of a restore. A check without a role is never planned.
        IF TG_OP = 'INSERT' THEN
            RAISE WARNING 'check "%" of workload "%" belongs to no role',
                    NEW.check_name, NEW.workload
                USING DETAIL = format('Role "%s" lacks the privileges of role "%s".',
                                      current_user, NEW.added_by),
                      HINT = 'The check fails verification until added_by is set.';
            NEW.added_by := '';
            RETURN NEW;
        END IF;
        RAISE 'permission denied to change a check to role "%"', NEW.added_by
            USING ERRCODE = 'insufficient_privilege',
                  DETAIL = format('Role "%s" lacks the privileges of role "%s".',
                                  current_user, NEW.added_by),
                  HINT = 'Leave added_by out to make the check one of the current user.';
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION perfkit_keep_added_by() IS
'Trigger that maintains perfkit_index_checks.added_by, the role that wrote the query.
If an inserted row names a role whose privileges the current user lacks, it belongs to no role.
Errors: 42501 an UPDATE sets added_by to such a role.';

CREATE TRIGGER perfkit_keep_added_by BEFORE INSERT OR UPDATE ON perfkit_index_checks
    FOR EACH ROW EXECUTE FUNCTION perfkit_keep_added_by();
CREATE TRIGGER perfkit_keep_user_edits BEFORE INSERT OR UPDATE ON perfkit_index_checks
    FOR EACH ROW EXECUTE FUNCTION perfkit_keep_user_edits('workload', 'check_name');
SELECT pg_catalog.pg_extension_config_dump('perfkit_index_checks', 'WHERE NOT shipped');
GRANT SELECT ON perfkit_index_checks TO PUBLIC;

CREATE TRIGGER perfkit_keep_user_edits BEFORE INSERT OR UPDATE ON perfkit_budgets
    FOR EACH ROW EXECUTE FUNCTION perfkit_keep_user_edits('workload', 'scenario', 'metric');

SELECT pg_catalog.pg_extension_config_dump('perfkit_budgets', 'WHERE NOT shipped');
GRANT SELECT ON perfkit_budgets TO PUBLIC;
