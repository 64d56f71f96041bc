-- What bench/scale compares of one run, of which RUN_JSON is the file: size, scenario, transactions, avg, p50, p95 and p99 in
-- milliseconds, buffers hit and read and bytes of WAL per transaction, the limit of p95, and the verdict, in which latency that has no budget counts as kept.
\set run `cat "$RUN_JSON"`
\pset null ''
SELECT :'size', :'scenario', s->>'transactions', s->>'avg_ms', s->>'p50_ms', s->>'p95_ms', s->>'p99_ms',
       (o #>> '{buffers,hit_per_transaction}')::numeric + (o #>> '{buffers,read_per_transaction}')::numeric,
       o #>> '{buffers,read_per_transaction}', o #>> '{wal,bytes_per_transaction}',
       (SELECT v->>'limit_value' FROM jsonb_array_elements(run->'verdicts') v
        WHERE v->>'metric' = 'p95_ms' AND v->>'scenario' = :'scenario'),
       CASE WHEN EXISTS (SELECT FROM jsonb_array_elements(run->'invariants') i WHERE i->>'ok' = 'false')
              OR EXISTS (SELECT FROM jsonb_array_elements(run->'index_checks') c WHERE c->>'verdict' = 'FAIL') THEN 'FAIL'
            ELSE coalesce((SELECT CASE WHEN bool_or(v->>'verdict' = 'FAIL') THEN 'FAIL'
                                       WHEN bool_or(v->>'verdict' = 'INCONCLUSIVE') THEN 'INCONCLUSIVE' ELSE 'PASS' END
                           FROM jsonb_array_elements(run->'verdicts') v
                           WHERE v->>'scenario' = :'scenario' AND v->>'metric' LIKE '%ms'
                           HAVING count(*) > 0), 'PASS') END
FROM (SELECT :'run'::jsonb AS run) AS r,
     LATERAL (SELECT run->'observed' AS o) AS observed,
     LATERAL jsonb_array_elements(run->'summary') AS s
WHERE s->>'scenario' = :'scenario';
