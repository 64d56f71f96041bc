-- Extensions that :workload requires and this database lacks, quoted, and whether the server has
-- their files.
SELECT quote_ident(r.name), EXISTS (SELECT FROM pg_available_extensions a WHERE a.name = r.name)
FROM :perfkit.perfkit_workloads() w, unnest(w.requires) WITH ORDINALITY AS r (name, position)
WHERE w.workload = :'workload' AND NOT EXISTS (SELECT FROM pg_extension e WHERE e.extname = r.name)
ORDER BY r.position;
