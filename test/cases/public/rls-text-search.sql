-- topic: full text search under row security
-- source: https://jfagoagas.github.io/blog/posts/psql-rls-ts
-- expected: cause row_security on finding (text_search); @@ is not leakproof, so that the policy
--   is tested first, row by row. The superuser may declare the function leakproof, at a risk.
-- remedy: alter function pg_catalog.ts_match_vq(tsvector, tsquery) leakproof
-- role: pg_read_all_data
-- before: Seq Scan on finding
-- after: Bitmap Index Scan on finding_text
-- measured: cost 637.00 to 176.97, rows 20000 to 1
create table finding (id int primary key, tenant int not null, text_search tsvector);
insert into finding select i, i % 3, to_tsvector('simple', 'finding word' || i) from generate_series(1, 20000) i;
create index finding_text on finding using gin (text_search);
alter table finding enable row level security;
create policy tenant on finding using (tenant = coalesce(current_setting('app.tenant', true), '1')::int);
analyze finding;
-- query:
select id from finding where text_search @@ 'word777'::tsquery;
