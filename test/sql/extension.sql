-- The extension itself: any schema will do, it can be moved, it leaves nothing behind, and every
-- part is documented.
\set VERBOSITY terse
-- (pg_trgm stays: other tests' indexes may need it. CASCADE is test/t/001_install.pl's.)
DROP EXTENSION perfkit;
SET client_min_messages = warning;

CREATE SCHEMA "perf ""kit"" here";
CREATE EXTENSION perfkit SCHEMA "perf ""kit"" here";
SELECT extnamespace::regnamespace FROM pg_extension WHERE extname = 'perfkit';

-- Moving it takes every member along.
CREATE SCHEMA "Elsewhere";
ALTER EXTENSION perfkit SET SCHEMA "Elsewhere";
SELECT extnamespace::regnamespace FROM pg_extension WHERE extname = 'perfkit';
SELECT count(*) AS left_behind FROM pg_proc WHERE pronamespace = '"perf ""kit"" here"'::regnamespace AND proname LIKE 'perfkit%';

-- What it consists of.
CREATE TEMP VIEW members AS
    SELECT classid, objid
    FROM pg_depend
    WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
      AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'perfkit');

SELECT count(*) FILTER (WHERE classid = 'pg_proc'::regclass) > 0 AS has_functions,
       count(*) FILTER (WHERE classid = 'pg_class'::regclass) > 0 AS has_relations
FROM members;

-- These list what breaks a rule of the house: none may.
SELECT objid::regprocedure AS function_without_comment
FROM members
WHERE classid = 'pg_proc'::regclass AND coalesce(obj_description(objid, 'pg_proc'), '') = '';

SELECT objid::regclass AS relation_without_comment
FROM members JOIN pg_class c ON c.oid = objid
WHERE classid = 'pg_class'::regclass AND relkind IN ('r', 'v', 'm') AND coalesce(obj_description(objid, 'pg_class'), '') = '';

-- A comment fits a terminal of usual width in \df+ and \d+, and begins with a short sentence.
SELECT pg_describe_object(m.classid, m.objid, d.objsubid) AS comment_too_wide, l.line
FROM members m JOIN pg_description d ON (d.classoid, d.objoid) = (m.classid, m.objid),
     string_to_table(d.description, E'\n') WITH ORDINALITY AS l (line, number)
WHERE length(l.line) > 101 OR (l.number = 1 AND d.objsubid = 0 AND length(l.line) >= 100);

SELECT p.oid::regprocedure AS security_definer
FROM members JOIN pg_proc p ON p.oid = objid
WHERE classid = 'pg_proc'::regclass AND prosecdef;

SELECT pg_describe_object(classid, objid, 0) AS name_without_prefix
FROM members LEFT JOIN pg_proc p ON p.oid = objid LEFT JOIN pg_class c ON c.oid = objid
WHERE classid IN ('pg_proc'::regclass, 'pg_class'::regclass) AND coalesce(proname, relname) NOT LIKE 'perfkit\_%';

SELECT p.oid::regprocedure AS argument_without_name
FROM members JOIN pg_proc p ON p.oid = objid
WHERE classid = 'pg_proc'::regclass AND pronargs > 0 AND (proargnames IS NULL OR '' = ANY (proargnames[1:pronargs]));

DROP EXTENSION perfkit;
SELECT count(*) AS left_behind FROM pg_depend d LEFT JOIN pg_extension e ON e.oid = refobjid WHERE refclassid = 'pg_extension'::regclass AND e.oid IS NULL;
DROP SCHEMA "Elsewhere";
SELECT count(*) AS left_behind FROM pg_proc WHERE proname LIKE 'perfkit%';

-- As the tests after this one expect to find it.
DROP SCHEMA "perf ""kit"" here";
CREATE EXTENSION perfkit;
